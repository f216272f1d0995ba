/** Latency histograms (HDR: three significant digits from a microsecond to a minute) and their stored form. */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

const LONGEST_MICROS = 60_000_000;
const DIGITS = 3;

/** All fields in microseconds, except `count`. */
export interface Percentiles {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** A point of a percentile curve: percentile, and latency in microseconds. */
export type CurvePoint = [percentile: number, micros: number];

/** @param micros durations; a negative one, from two clocks, counts as 0. */
export function encode(micros: readonly number[]): string {
  const histogram = empty();
  for (const value of micros) {
    histogram.recordValue(Math.min(LONGEST_MICROS, Math.max(0, Math.round(value))));
  }
  return encodeIntoCompressedBase64(histogram);
}

/** Merges all rounds. */
export function merge(encoded: readonly string[]): Histogram {
  const whole = empty();
  for (const text of encoded) whole.add(decodeFromCompressedBase64(text));
  return whole;
}

export function percentilesOf(histogram: Histogram): Percentiles {
  return {
    count: histogram.totalCount,
    p50: histogram.getValueAtPercentile(50),
    p90: histogram.getValueAtPercentile(90),
    p99: histogram.getValueAtPercentile(99),
    p999: histogram.getValueAtPercentile(99.9),
    max: histogram.maxValue,
  };
}

/** Steps of a curve over 1 / (1 - percentile), evenly spaced on a log axis. */
const POINTS_PER_DECADE = 20;

/** Returns the curve up to the highest percentile that the number of samples supports. */
export function curveOf(histogram: Histogram): CurvePoint[] {
  const decades = Math.log10(Math.max(1, histogram.totalCount));
  return Array.from({ length: Math.floor(decades * POINTS_PER_DECADE) + 1 }, (_, i) => {
    const percentile = 100 * (1 - 10 ** (-i / POINTS_PER_DECADE));
    return [Number(percentile.toFixed(5)), histogram.getValueAtPercentile(percentile)];
  });
}

function empty(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MICROS,
    numberOfSignificantValueDigits: DIGITS,
  });
}
