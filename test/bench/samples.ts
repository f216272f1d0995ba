/** Creates samples for tests of the summary. */
import type { Conditions, Sample } from '../../lab/bench/sample.ts';
import { encode } from '../../lab/bench/summary/histogram.ts';

export const QUIET: Conditions = { stolenShare: 0, foreignShare: 0, restartedNodes: [], complaints: [] };

/** Creates a sample of round trips at 100 writes/s with these durations, in microseconds. */
export function roundTrips(
  subject: string,
  micros: number[],
  conditions: Partial<Conditions> = {},
  round = 1,
): Sample {
  return {
    experiment: 'latency',
    subject,
    setting: { writesPerSecond: 100 },
    round,
    latencies: { roundTrip: encode(micros) },
    figures: {},
    conditions: { ...QUIET, ...conditions },
  };
}

/** Creates a sample of single figures. */
export function figures(
  experiment: string,
  subject: string,
  setting: Sample['setting'],
  values: Record<string, number>,
  round = 1,
): Sample {
  return { experiment, subject, setting, round, latencies: {}, figures: values, conditions: QUIET };
}
