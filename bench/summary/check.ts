/** One guarantee, checked on the rounds of a run. Pure. */
import type { Identity } from '../sample.ts';
import { merge, percentilesOf } from './histogram.ts';
import { type RoundValue, type Take, together, type Verdict, verdictOf } from './ratios.ts';

/** One guarantee and its check; or, without a limit, a ratio to know. */
export interface Bar {
  experiment: string;
  /** What is guaranteed. */
  text: string;
  subject: string;
  /** Median of the rounds; absent: nothing was measured. */
  value?: number;
  /** The lowest and the highest of the rounds. */
  range?: [number, number];
  /** How many rounds count, of how many. */
  rounds?: [number, number];
  /** The baseline's own value, where it shows how much of the value the machine causes. */
  floor?: number;
  /** Absent: there is no limit, and the verdict is `figure`. */
  limit?: number;
  /** A value above the limit, or below it, does not meet the guarantee. */
  limitIs: 'most' | 'least';
  verdict: Verdict['verdict'] | 'not measured' | 'figure';
  /** Why the check is inconclusive. */
  why?: string;
  /** What other processes did in the rounds that count; absent: nothing that matters. */
  noise?: string;
}

export type Guarantee = Pick<Bar, 'text' | 'subject' | 'limit' | 'floor'> & { limitIs?: Bar['limitIs'] };

/** Returns the check of an experiment's guarantees, on the values of their rounds. */
export function checkOf(experiment: string): (guarantee: Guarantee, rounds: readonly RoundValue[]) => Bar {
  return ({ limitIs = 'most', limit, ...guarantee }, rounds) => {
    const bar = { experiment, limitIs, ...guarantee, ...(limit !== undefined && { limit }) };
    const outcome = together(rounds);
    if (!outcome) return { ...bar, verdict: 'not measured' };
    const { values, spread, of, noise } = outcome;
    return {
      ...bar,
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
  return ({ latencies: { roundTrip: encoded } }) =>
    encoded === undefined ? undefined : percentilesOf(merge([encoded]))[percentile];
}
