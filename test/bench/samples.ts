/** Samples made up for tests of what is done with them. */
import type { Conditions, Sample } from '../../bench/sample.ts';
import { encode } from '../../bench/summary/histogram.ts';

export const QUIET: Conditions = { stolenShare: 0, foreignShare: 0, restartedNodes: [], complaints: [] };

/** A sample of round trips at 100 writes/s, each so many microseconds long. */
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

/** A sample of single figures. */
export function figures(
  experiment: string,
  subject: string,
  setting: Sample['setting'],
  values: Record<string, number>,
  round = 1,
): Sample {
  return { experiment, subject, setting, round, latencies: {}, figures: values, conditions: QUIET };
}
