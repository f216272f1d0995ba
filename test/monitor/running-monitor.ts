/** Runs the monitor as a process, and reads its metrics like Prometheus. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Sample, type Scrape, scrape } from '../helpers/scrape.ts';
import { RunningService } from '../helpers/service.ts';

/** Reads the metrics that a process serves on a port of the loopback interface. */
export class Metrics {
  readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`);
  }

  scrape(): Promise<Scrape> {
    return scrape(this.port);
  }

  /** Returns the samples of a metric, without the label `service`. */
  async samples(name: string): Promise<Sample[]> {
    return (await this.scrape()).samples.filter((sample) => sample.name === name);
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

export class RunningMonitor extends Metrics {
  readonly service: RunningService;

  private constructor(service: RunningService, port: number) {
    super(port);
    this.service = service;
  }

  /**
   * Starts the monitor, and waits until it has read or given up each node. By default, nodes have much time to answer, so
   * that a busy machine does not make them appear hung.
   */
  static async start(t: Pick<TestContext, 'after'>, env: Record<string, string>): Promise<RunningMonitor> {
    const port = Number(env.METRICS_PORT ?? (await freePorts(1))[0]);
    const service = new RunningService(t, 'monitor', {
      METRICS_PORT: `${port}`,
      NODE_TIMEOUT_MS: '10000',
      ...env,
    });
    const monitor = new RunningMonitor(service, port);
    await eventually(async () => assert.equal((await monitor.get('/readyz')).status, 200, service.stderr));
    return monitor;
  }

  /** Asserts that no line repeats the one before it about the same node, link, or pair. */
  assertOneLinePerChange(): void {
    const last = new Map<string, string>();
    for (const { event, node, peer, from, to, status } of this.service.events.all) {
      if (!/^(node|link|canary)-/.test(String(event))) continue;
      const subject = [String(event).split('-')[0], node, peer, from, to].join(' ');
      const change = `${event} ${status}`;
      assert.notEqual(change, last.get(subject), subject);
      last.set(subject, change);
    }
  }
}

/** Runs the monitor with wrong settings. @returns its error. */
export async function failingMonitor(
  t: Pick<TestContext, 'after'>,
  env: Record<string, string>,
): Promise<string> {
  const service = new RunningService(t, 'monitor', env);
  assert.equal(await service.exit(), 1, service.text);
  return service.stderr;
}

/** Returns all ordered pairs of different names. */
export function pairsOf(names: readonly string[]): [from: string, to: string][] {
  return names.flatMap((from) =>
    names.flatMap((to) => (from === to ? [] : [[from, to] as [string, string]])),
  );
}
