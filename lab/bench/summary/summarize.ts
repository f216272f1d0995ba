/** Summarizes samples as one row per setting: medians of rounds with their range. Pure. */
import { type Spread, spreadOf } from '../../../toolkit/report/figures.ts';
import { keyOf } from '../context.ts';
import type { Identity, Sample } from '../sample.ts';
import { type CurvePoint, curveOf, merge, type Percentiles, percentilesOf } from './histogram.ts';
import { choose, isUnstable } from './noise.ts';

/** One measured latency, in microseconds. */
export interface Latency {
  /** All rounds in one histogram. */
  whole: Percentiles;
  /** Each percentile as the median of the rounds. */
  rounds: Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', Spread>;
  curve: CurvePoint[];
}

/** Summary of all rounds of one setting. */
export interface Row extends Identity {
  /** Number of rounds, and of rounds that were not noisy. */
  rounds: number;
  roundsUsed: number;
  latencies: Record<string, Latency>;
  figures: Record<string, Spread>;
  /** Why the row is noisy; empty if it is not. */
  noisy: string[];
  /** The names of its unstable latencies and figures. */
  unstable: string[];
}

/** Maximum difference, in microseconds, of medians that count as equal, however small they are. */
const NEGLIGIBLE_MICROS = 100;
/** Latencies of the load generator, which do not make a row unstable. */
const SIDE_FIGURES = ['lateness'];
/** The single figures whose spread shows that a row is unstable. */
const STEADY = ['reachedPerSecond', 'callsPerSecond'];

export function summarize(samples: readonly Sample[]): Row[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = keyOf(sample);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].map(summarizeSetting);
}

function summarizeSetting(samples: readonly Sample[]): Row {
  const [{ experiment, subject, setting }] = samples as [Sample, ...Sample[]];
  const { used, noisy } = choose(samples);
  const latencies = mapNames(used, 'latencies', (encoded) => summarizeLatency(encoded));
  const figures = mapNames(used, 'figures', (values) => spreadOf(values));
  const unstable = [
    ...Object.entries(latencies).filter(
      ([name, { rounds }]) => !SIDE_FIGURES.includes(name) && isUnstable(rounds.p50, NEGLIGIBLE_MICROS),
    ),
    ...Object.entries(figures).filter(([name, spread]) => STEADY.includes(name) && isUnstable(spread)),
  ].map(([name]) => name);
  return {
    experiment,
    subject,
    setting,
    rounds: samples.length,
    roundsUsed: used.length,
    latencies,
    figures,
    noisy,
    unstable,
  };
}

function summarizeLatency(encoded: readonly string[]): Latency {
  const whole = merge(encoded);
  const rounds = encoded.map((text) => percentilesOf(merge([text])));
  const over = (name: keyof Latency['rounds']) => spreadOf(rounds.map((percentiles) => percentiles[name]));
  return {
    whole: percentilesOf(whole),
    rounds: { p50: over('p50'), p90: over('p90'), p99: over('p99'), p999: over('p999'), max: over('max') },
    curve: curveOf(whole),
  };
}

/** Collects the values of the samples by name. */
function mapNames<Part extends 'latencies' | 'figures', Result>(
  samples: readonly Sample[],
  part: Part,
  summary: (values: Sample[Part][string][]) => Result,
): Record<string, Result> {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample[part])));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = samples.flatMap((sample): Sample[Part][string][] => {
        const value = (sample[part] as Record<string, Sample[Part][string]>)[name];
        return value === undefined ? [] : [value];
      });
      return [name, summary(values)];
    }),
  );
}

/** Returns the row of an identity; `undefined` if it was not measured. */
export function findRow(rows: readonly Row[], wanted: Identity): Row | undefined {
  return rows.find((row) => keyOf(row) === keyOf(wanted));
}
