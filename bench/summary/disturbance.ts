/** Whether a sample, or what several of them say together, can be trusted. */
import type { Conditions, Sample } from '../sample.ts';

/** Shares of the machine's whole processor time. */
const MOST_STOLEN = 0.02;
const MOST_FOREIGN = 0.1;
/** From the lowest to the highest of the rounds, as a part of their median. */
const WIDEST_SPREAD = 0.6;

/** Figures that are the same whoever else uses the processors. */
const UNTOUCHED_BY_NOISE = ['memoryMb'];

/** Median of the rounds, and how far they lie apart. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** What spoiled a sample; empty if nothing did. */
export function troubleOf(conditions: Conditions): string[] {
  return [...noiseOf(conditions), ...failureOf(conditions)];
}

/** Who else used the processors, if it was much. */
export function noiseOf({ stolenShare = 0, foreignShare = 0 }: Conditions): string[] {
  return [
    ...(stolenShare > MOST_STOLEN
      ? [`${percent(stolenShare)} of the CPU time was stolen by the hypervisor`]
      : []),
    ...(foreignShare > MOST_FOREIGN ? [`other processes used ${percent(foreignShare)} of the CPU time`] : []),
  ];
}

/** What went wrong, so that the sample is none. */
export function failureOf({ restartedNodes, complaints }: Conditions): string[] {
  return [...restartedNodes.map((address) => `node ${address} was restarted`), ...complaints];
}

/**
 * The samples to go by, and why they may not be enough: noisy rounds are left out while at least half of the rounds
 * remain; where fewer do, all are kept and the reasons with them.
 */
export function choose(samples: readonly Sample[]): { used: readonly Sample[]; noisy: string[] } {
  const troubleIn = samples.every(isUntouchedByNoise) ? failureOf : troubleOf;
  const clean = samples.filter(({ conditions }) => troubleIn(conditions).length === 0);
  if (clean.length * 2 >= samples.length) return { used: clean, noisy: [] };
  const reasons = samples.flatMap(({ conditions }) => troubleIn(conditions));
  const count = samples.length - clean.length;
  return { used: samples, noisy: [`${count} of ${samples.length} rounds: ${worst(reasons)}`] };
}

function isUntouchedByNoise({ latencies, figures }: Sample): boolean {
  const names = [...Object.keys(latencies), ...Object.keys(figures)];
  return names.length > 0 && names.every((name) => UNTOUCHED_BY_NOISE.includes(name));
}

/** Whether rounds lie too far apart to be one figure. Below `negligible` they are as good as equal. */
export function tooWide({ median, min, max }: Spread, negligible = 0): boolean {
  return max - min > Math.max(WIDEST_SPREAD * median, negligible);
}

/** @throws Error if there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new Error('no values to summarise');
  const middle = sorted.length / 2;
  const lower = sorted[Math.ceil(middle) - 1] as number;
  const upper = sorted[Math.floor(middle)] as number;
  return { median: (lower + upper) / 2, min, max };
}

/** Each kind of reason once, with its highest figure: they differ from round to round in their numbers alone. */
export function worst(reasons: readonly string[]): string {
  const byKind = new Map<string, string>();
  for (const reason of reasons) {
    const kind = reason.replace(/\d+(\.\d+)?/g, '#');
    const known = byKind.get(kind);
    if (known === undefined || firstNumber(reason) > firstNumber(known)) byKind.set(kind, reason);
  }
  return [...byKind.values()].join('; ');
}

function firstNumber(text: string): number {
  return Number(/\d+/.exec(text)?.[0] ?? 0);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
