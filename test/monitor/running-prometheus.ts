/** Runs the Prometheus of the fault lab in a test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Endpoints, Prometheus, prometheusVersion } from '../../lab/faults/alerts/prometheus.ts';

/** Value for a test's `skip` option: the reason why Prometheus is not available, or `false`. */
export const noPrometheus = await prometheusVersion().then(
  () => false as const,
  () => 'needs prometheus, which is not installed',
);

/** Starts Prometheus with the shipped rules. @returns a function that returns the current values of an expression. */
export async function startPrometheus(
  t: TestContext,
  endpoints: Endpoints,
): Promise<(expression: string) => Promise<number[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const prometheus = new Prometheus(folder);
  t.after(async () => {
    await prometheus.stop();
    await rm(folder, { recursive: true });
  });
  await prometheus.start(endpoints, t.signal);
  return async (expression) => {
    const response = await fetch(
      `${prometheus.url}/api/v1/query?${new URLSearchParams({ query: expression })}`,
    );
    const { error, data } = (await response.json()) as Answer;
    if (!data) throw new Error(`${expression}: ${error}`);
    return data.result.map(({ value }) => Number(value[1]));
  };
}

interface Answer {
  error?: string;
  data?: { result: { value: [time: number, value: string] }[] };
}
