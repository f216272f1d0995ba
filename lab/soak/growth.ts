/**
 * Estimates whether a noisy figure grows. Pure.
 *
 * Memory rises until the garbage collector runs, and then falls. So each block of samples becomes one value, such as its
 * minimum: the memory that remains. The growth is the median slope of all pairs of blocks (Theil and Sen), which ignores
 * outliers. A process that restarts starts again, so both blocks of a pair belong to the same life of the process. The
 * interval is the nonparametric one of Sen, with the variance of Kendall's statistic added up over the lives (Hirsch).
 */

/** Value of a figure at a time, in seconds. */
export type Point = readonly [at: number, value: number];

export interface Growth {
  perHour: number;
  /** Ends of the 95 % interval. Infinite if there are too few pairs. */
  low: number;
  high: number;
}

const HOUR = 3_600;
/** Quantile of the normal distribution for an interval of 95 %. */
const Z = 1.96;

/**
 * Returns the growth of a figure, or `undefined` without two blocks in one life.
 * @param lives points of each life of the process, in order of time.
 * @param reduce returns the value of a block.
 */
export function growthOf(
  lives: readonly (readonly Point[])[],
  blockSeconds: number,
  reduce: (values: readonly number[]) => number,
): Growth | undefined {
  const blocks = lives.map((life) => blocksOf(life, blockSeconds, reduce));
  const slopes = blocks.flatMap(slopesOf).sort((a, b) => a - b);
  if (slopes.length === 0) return undefined;
  const spread = Z * Math.sqrt(blocks.reduce((sum, { length }) => sum + kendallVariance(length), 0));
  const half = (slopes.length - spread) / 2;
  return {
    perHour: median(slopes),
    low: slopes[Math.floor(half) - 1] ?? Number.NEGATIVE_INFINITY,
    high: slopes[Math.ceil(slopes.length - half)] ?? Number.POSITIVE_INFINITY,
  };
}

/** `holds`: the whole interval is below the bound. `broken`: it is above. `unknown`: the bound is inside. */
export function compare(growth: Growth | undefined, bound: number): 'holds' | 'broken' | 'unknown' {
  if (growth === undefined) return 'unknown';
  if (growth.high < bound) return 'holds';
  return growth.low > bound ? 'broken' : 'unknown';
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** Returns one point for each complete block of a life, at the middle of the block. */
function blocksOf(
  life: readonly Point[],
  seconds: number,
  reduce: (values: readonly number[]) => number,
): Point[] {
  const [start] = life[0] ?? [0];
  const [end] = life.at(-1) ?? [0];
  const count = Math.floor((end - start) / seconds);
  return Array.from({ length: count }, (_, i): Point => {
    const from = start + i * seconds;
    const values = life.filter(([at]) => at >= from && at < from + seconds).map(([, value]) => value);
    return [from + seconds / 2, reduce(values)];
  }).filter(([, value]) => Number.isFinite(value));
}

/** Returns the growth per hour between each pair of blocks of one life. */
function slopesOf(blocks: readonly Point[]): number[] {
  return blocks.flatMap(([at, value], i) =>
    blocks.slice(i + 1).map(([later, other]) => ((other - value) / (later - at)) * HOUR),
  );
}

/** Variance of Kendall's statistic for `n` independent blocks. */
function kendallVariance(n: number): number {
  return (n * (n - 1) * (2 * n + 5)) / 18;
}
