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

/** A sample of keeping up at the highest rate. @param more what else tells its setting apart. */
export function flood(
  subject: string,
  figures: Record<string, number>,
  more: Record<string, string> = {},
): Sample {
  return {
    experiment: 'keeping-up',
    subject,
    setting: { ...more, writesPerSecond: 'most' },
    round: 1,
    latencies: {},
    figures,
    conditions: QUIET,
  };
}
