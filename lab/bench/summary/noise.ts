/** Whether a sample or a row is noisy, unstable, or failed. */
import type { Spread } from '../../../toolkit/report/figures.ts';
import type { Conditions, Sample } from '../sample.ts';

/** Maximum shares of the machine's whole CPU time. */
const MAX_STOLEN = 0.02;
const MAX_OTHERS = 0.1;
/** Maximum difference of the highest and the lowest round, as a share of their median. */
const MAX_SPREAD = 0.6;

/** Figures that other processes do not change. */
const UNTOUCHED_BY_NOISE = ['memoryMb', 'bytesPerRow'];

/** Returns why a sample is noisy or failed; empty if it is neither. */
export function problemsOf(conditions: Conditions): string[] {
  return [...noiseOf(conditions), ...failureOf(conditions)];
}

/** Returns which other processes used the CPU, if the sample is noisy. */
export function noiseOf({ stolenShare = 0, foreignShare = 0 }: Conditions): string[] {
  return [
    ...(stolenShare > MAX_STOLEN
      ? [`${percent(stolenShare)} of the CPU time was stolen by the hypervisor`]
      : []),
    ...(foreignShare > MAX_OTHERS ? [`other processes used ${percent(foreignShare)} of the CPU time`] : []),
  ];
}

/** Returns why a sample failed; empty if it did not. */
export function failureOf({ restartedNodes, complaints }: Conditions): string[] {
  return [...restartedNodes.map((address) => `node ${address} was restarted`), ...complaints];
}

/**
 * Returns the samples that count. Excludes noisy and failed rounds if at least half of the rounds remain; otherwise
 * keeps all rounds, and `noisy` contains the reasons.
 */
export function choose(samples: readonly Sample[]): { used: readonly Sample[]; noisy: string[] } {
  const problemsIn = samples.every(isUntouchedByNoise) ? failureOf : problemsOf;
  const clean = samples.filter(({ conditions }) => problemsIn(conditions).length === 0);
  if (clean.length * 2 >= samples.length) return { used: clean, noisy: [] };
  const reasons = samples.flatMap(({ conditions }) => problemsIn(conditions));
  const count = samples.length - clean.length;
  return { used: samples, noisy: [`${count} of ${samples.length} rounds: ${worst(reasons)}`] };
}

function isUntouchedByNoise({ latencies, figures }: Sample): boolean {
  const names = [...Object.keys(latencies), ...Object.keys(figures)];
  return names.length > 0 && names.every((name) => UNTOUCHED_BY_NOISE.includes(name));
}

/** Returns whether the rounds are unstable. If they differ by at most `negligible`, they count as equal. */
export function isUnstable({ median, min, max }: Spread, negligible = 0): boolean {
  return max - min > Math.max(MAX_SPREAD * median, negligible);
}

/** Returns each kind of reason once, with its highest figure: reasons of one kind differ only in their numbers. */
export function worst(reasons: readonly string[]): string {
  const byKind = new Map<string, string>();
  for (const reason of reasons) {
    const kind = reason.replace(/\d+/g, '#');
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
