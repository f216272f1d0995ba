/** Summarizes figures of several rounds, and formats figures for people. */

/** Median and range of the rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @throws Error if there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) throw new Error('no values to summarize');
  const at = (index: number) => sorted.at(index) as number;
  const middle = sorted.length / 2;
  const median = (at(Math.ceil(middle) - 1) + at(Math.floor(middle))) / 2;
  return { median, min: at(0), max: at(-1) };
}

/** Formats three significant digits with thousands separators: 0.412, 23.1, 1,234. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Formats microseconds as milliseconds. */
export function ms(micros: number): string {
  return number(micros / 1000);
}

/** Formats the median, with the range of the rounds if it is visible. */
export function spread({ median, min, max }: Spread, format: (value: number) => string = number): string {
  const [low, high] = [format(min), format(max)];
  return low === high ? format(median) : `${format(median)} (${low}–${high})`;
}

/** Formats a duration as minutes and seconds. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
