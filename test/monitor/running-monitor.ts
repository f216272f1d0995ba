/** Runs the monitor as a process, and reads its metrics like Prometheus. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { RunningService } from '../helpers/service.ts';

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export class RunningMonitor {
  readonly service: RunningService;
  readonly #url: string;

  private constructor(service: RunningService, port: number) {
    this.service = service;
    this.#url = `http://127.0.0.1:${port}`;
  }

  /** Starts the monitor, and waits until it has read or given up each node. */
  static async start(t: Pick<TestContext, 'after'>, env: Record<string, string>): Promise<RunningMonitor> {
    const [port = 0] = await freePorts(1);
    const service = new RunningService(t, 'monitor', { METRICS_PORT: `${port}`, ...env });
    const monitor = new RunningMonitor(service, port);
    await eventually(async () => assert.equal((await monitor.get('/readyz')).status, 200, service.stderr));
    return monitor;
  }

  get(path: string): Promise<Response> {
    return fetch(this.#url + path);
  }

  /** Returns the samples of a metric, without the label `service`. */
  async samples(name: string): Promise<Sample[]> {
    const text = await (await this.get('/metrics')).text();
    return text.split('\n').flatMap((line) => {
      const [, found, pairs = '', value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      if (found !== name) return [];
      const { service, ...labels } = Object.fromEntries(
        [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text]),
      );
      assert.equal(service, 'monitor');
      return [{ name, labels, value: Number(value) }];
    });
  }

  /** Returns the value of one sample, `undefined` if there is none. */
  async value(name: string, labels: Record<string, string>): Promise<number | undefined> {
    return (await this.samples(name)).find((sample) => isDeepStrictEqual(sample.labels, labels))?.value;
  }

  /** Waits until a sample has a value. */
  async has(name: string, labels: Record<string, string>, value: number | undefined): Promise<void> {
    await eventually(async () => assert.equal(await this.value(name, labels), value, name));
  }

  /** Waits until so many canaries have arrived since now. */
  async receives(from: string, to: string, more = 1): Promise<void> {
    const received = async () => (await this.value('mesh_canary_seconds_count', { from, to })) ?? 0;
    const before = await received();
    await eventually(async () => assert.ok((await received()) >= before + more, `${from} to ${to}`));
  }

  lost(from: string, to: string): Promise<number | undefined> {
    return this.value('mesh_canary_lost_total', { from, to });
  }
}

/** Returns all ordered pairs of different names. */
export function pairsOf(names: readonly string[]): [from: string, to: string][] {
  return names.flatMap((from) =>
    names.flatMap((to) => (from === to ? [] : [[from, to] as [string, string]])),
  );
}
