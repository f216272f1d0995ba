/** Runs a real Prometheus with the shipped configuration, rules, and alerts, on the ports of a test. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { freePorts } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import { endWithTests } from '../helpers/ending.ts';
import { eventually } from '../helpers/eventually.ts';

const SHIPPED = join(root, 'monitor/prometheus');

/** Value for a test's `skip` option: the reason why Prometheus is not available, or `false`. */
export const noPrometheus = await execa('prometheus', ['--version']).then(
  () => false as const,
  () => 'needs prometheus, which is not installed',
);

export class RunningPrometheus {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** @param ports port of each target in local.yaml by its label `service`. */
  static async start(t: TestContext, ports: Record<string, number>): Promise<RunningPrometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const config = join(folder, 'prometheus.yaml');
    await writeFile(config, await configuration(ports));
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}`,
      `--web.listen-address=${address}`,
    ];
    const started = endWithTests(execa('prometheus', args, { reject: false, all: true }));
    t.after(async () => {
      started.kill();
      await started;
      await rm(folder, { recursive: true });
    });
    await eventually(async () => assert.equal((await fetch(`http://${address}/-/ready`)).status, 200));
    return new RunningPrometheus(`http://${address}`);
  }

  /** Returns the current values of an expression. @throws Error of Prometheus if the expression is invalid. */
  async query(expression: string): Promise<number[]> {
    const response = await fetch(`${this.#url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
    const { error, data } = (await response.json()) as Answer;
    if (!data) throw new Error(`${expression}: ${error}`);
    return data.result.map(({ value }) => Number(value[1]));
  }
}

interface Answer {
  error?: string;
  data?: { result: { value: [time: number, value: string] }[] };
}

async function configuration(ports: Record<string, number>): Promise<string> {
  const config = parse(await readFile(join(SHIPPED, 'local.yaml'), 'utf8'));
  for (const group of config.scrape_configs[0].static_configs)
    group.targets = [`127.0.0.1:${ports[group.labels.service]}`];
  config.rule_files = config.rule_files.map((name: string) => join(SHIPPED, name));
  return stringify(config);
}
