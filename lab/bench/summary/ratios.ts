/** Compares two settings: one ratio for each round in which both were measured, and their verdict. Pure. */
import { type Spread, spreadOf } from '../../../toolkit/report/figures.ts';
import { sameSetting } from '../context.ts';
import type { Identity, Sample } from '../sample.ts';
import { failureOf, noiseOf, worst } from './noise.ts';

/** Returns a figure of a sample, or `undefined` if it is missing. */
export type Take = (sample: Sample) => number | undefined;

/** What was measured in one round, and which other processes used the CPU during it. */
export interface RoundValue {
  value: number;
  noise: string[];
}

/** Median and range of the rounds that count. */
export interface Outcome {
  values: number[];
  spread: Spread;
  /** Number of all rounds, including those that do not count. */
  of: number;
  /** Noise in the rounds that count; empty if there was none. */
  noise: string;
}

export type Verdict = { verdict: 'met' | 'not met' } | { verdict: 'inconclusive'; why: string };

/** Share of the rounds that must be on the median's side of the limit; otherwise the check is inconclusive. */
const AGREEING = 3 / 4;

/** Returns the ratios by round. A round with a failure has none. */
export function ratiosOf(
  samples: readonly Sample[],
  one: Identity,
  other: Identity,
  take: Take,
): RoundValue[] {
  return compared(samples, one, other, take, (value, base) => value / base);
}

/** Returns the differences by round, for a limit in a unit. */
export function differencesOf(
  samples: readonly Sample[],
  one: Identity,
  other: Identity,
  take: Take,
): RoundValue[] {
  return compared(samples, one, other, take, (value, base) => value - base);
}

function compared(
  samples: readonly Sample[],
  one: Identity,
  other: Identity,
  take: Take,
  compare: (value: number, base: number) => number,
): RoundValue[] {
  const bases = valuesOf(samples, other, take);
  return [...valuesOf(samples, one, take)].flatMap(([round, { value, noise }]) => {
    const base = bases.get(round);
    return base?.value ? [{ value: compare(value, base.value), noise: [...noise, ...base.noise] }] : [];
  });
}

/** Returns a figure of a setting, by round. */
export function valuesOf(
  samples: readonly Sample[],
  wanted: Identity,
  take: Take,
): ReadonlyMap<number, RoundValue> {
  const values = new Map<number, RoundValue>();
  for (const sample of samples) {
    if (!sameSetting(sample, wanted) || failureOf(sample.conditions).length > 0) continue;
    const value = take(sample);
    if (value !== undefined) values.set(sample.round, { value, noise: noiseOf(sample.conditions) });
  }
  return values;
}

/**
 * Combines the rounds. Excludes noisy rounds if at least half of the rounds remain. Otherwise uses all rounds: noise
 * affects both sides of a ratio, and the agreement check detects noise that is too strong.
 */
export function together(rounds: readonly RoundValue[]): Outcome | undefined {
  if (rounds.length === 0) return undefined;
  const quiet = rounds.filter(({ noise }) => noise.length === 0);
  const used = quiet.length * 2 >= rounds.length ? quiet : rounds;
  const values = used.map(({ value }) => value);
  const noise = worst(used.flatMap((round) => round.noise));
  return { values, spread: spreadOf(values), of: rounds.length, noise };
}

/** Returns which side of the limit the median is on, if enough of the rounds agree. */
export function verdictOf({ values, spread }: Outcome, meets: (value: number) => boolean): Verdict {
  const verdict = meets(spread.median) ? 'met' : 'not met';
  const agreeing = values.filter((value) => meets(value) === meets(spread.median)).length;
  if (agreeing >= AGREEING * values.length) return { verdict };
  const others = values.length - agreeing;
  return {
    verdict: 'inconclusive',
    why: `${others} of ${values.length} rounds are on the other side of the limit`,
  };
}
