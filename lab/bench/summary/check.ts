/** One guarantee, checked on the rounds of a run. Pure. */
import type { Identity } from '../sample.ts';
import { merge, percentilesOf } from './histogram.ts';
import { type RoundValue, type Take, together, type Verdict, verdictOf } from './ratios.ts';

/** One guarantee and its check or, without a limit, an informative ratio. */
export interface Check {
  experiment: string;
  /** The guarantee. */
  text: string;
  subject: string;
  /** Median of the rounds; absent if there are no samples. */
  value?: number;
  /** Minimum and maximum of the rounds. */
  range?: [number, number];
  /** Number of rounds that count, and of all rounds. */
  rounds?: [number, number];
  /** The baseline's own value, if it shows how much of the value the machine causes. */
  floor?: number;
  /** Absent: there is no limit, and the verdict is `figure`. */
  limit?: number;
  /** Whether the limit is a maximum or a minimum. */
  limitIs: 'most' | 'least';
  verdict: Verdict['verdict'] | 'not measured' | 'figure';
  /** Why the check is inconclusive. */
  why?: string;
  /** Noise in the rounds that count; absent if there was none. */
  noise?: string;
}

export type Guarantee = Pick<Check, 'text' | 'subject' | 'limit' | 'floor'> & { limitIs?: Check['limitIs'] };

/** Returns the check of an experiment's guarantees, on the values of their rounds. */
export function checkOf(experiment: string): (guarantee: Guarantee, rounds: readonly RoundValue[]) => Check {
  return ({ limitIs = 'most', limit, ...guarantee }, rounds) => {
    const check = { experiment, limitIs, ...guarantee, ...(limit !== undefined && { limit }) };
    const outcome = together(rounds);
    if (!outcome) return { ...check, verdict: 'not measured' };
    const { values, spread, of, noise } = outcome;
    return {
      ...check,
      value: spread.median,
      range: [spread.min, spread.max],
      rounds: [values.length, of],
      ...(noise !== '' && { noise }),
      ...(limit === undefined
        ? { verdict: 'figure' }
        : verdictOf(outcome, (value) => (limitIs === 'most' ? value <= limit : value >= limit))),
    };
  };
}

/** Returns the identity of each subject in one setting of an experiment. */
export function identityAt(experiment: string, setting: Identity['setting']): (subject: string) => Identity {
  return (subject) => ({ experiment, subject, setting });
}

export function figure(name: string): Take {
  return ({ figures }) => figures[name];
}

export const cpuPerWrite = figure('cpuMicrosPerWrite');

export function roundTrip(percentile: 'p50' | 'p99'): Take {
  return latency('roundTrip', percentile);
}

export function latency(name: string, percentile: 'p50' | 'p99'): Take {
  return ({ latencies: { [name]: encoded } }) =>
    encoded === undefined ? undefined : percentilesOf(merge([encoded]))[percentile];
}
