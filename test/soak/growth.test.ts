/** Tests the estimate of growth on series with known growth and noise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, growthOf, median, type Point } from '../../lab/soak/growth.ts';
import { collected, MB, randomOf } from './series.ts';

const [HOUR, BOUND] = [3_600, 4 * MB];
const least = (values: readonly number[]) => Math.min(...values);
const seeds = Array.from({ length: 50 }, (_, i) => i + 1);

/** Returns the verdicts of one hour of memory with this growth, for each seed. */
function verdicts(perHour: number): string[] {
  return seeds.map((seed) => compare(growthOf([collected(HOUR, perHour, seed)], 300, least), BOUND));
}

test('flat memory with the noise of garbage collections holds, and never breaks', () => {
  const found = verdicts(0);
  assert.equal(found.filter((verdict) => verdict === 'broken').length, 0);
  assert.ok(found.filter((verdict) => verdict === 'holds').length >= 45, found.join());
});

test('excludes a leak of 24 bytes per write, and finds one of 40 bytes, less than the noise of one collection in an hour', () => {
  assert.equal(verdicts(24 * 50 * HOUR).filter((verdict) => verdict === 'holds').length, 0);
  const found = verdicts(40 * 50 * HOUR);
  assert.equal(found.filter((verdict) => verdict === 'holds').length, 0);
  assert.ok(found.filter((verdict) => verdict === 'broken').length >= 45, found.join());
});

test('growth near the bound is inconclusive, not a finding', () => {
  const found = verdicts(BOUND);
  assert.ok(found.filter((verdict) => verdict === 'unknown').length >= 40, found.join());
});

test('estimates the growth, and the interval contains it', () => {
  const growths = seeds.map((seed) => growthOf([collected(HOUR, 10 * MB, seed)], 300, least));
  const inside = growths.filter((growth) => growth && growth.low <= 10 * MB && growth.high >= 10 * MB);
  assert.ok(inside.length >= 45, `${inside.length} of 50 intervals`);
  for (const growth of growths) assert.ok(Math.abs((growth?.perHour ?? 0) - 10 * MB) < 2 * MB);
});

test('ignores outliers: a snapshot that doubles the memory for a minute', () => {
  const series = collected(HOUR, 0).map(([at, value]): Point => [at, at % 900 < 60 ? 2 * value : value]);
  assert.equal(compare(growthOf([series], 300, least), BOUND), 'holds');
});

/** Returns lives of 11 minutes, each from another level. */
function lives(perHour: number, perLife: number): Point[][] {
  const random = randomOf(1);
  return Array.from({ length: 6 }, (_, life) => {
    return Array.from({ length: 133 }, (_, i): Point => {
      const age = i * 5;
      return [life * 720 + age, 17 * MB + life * perLife + (perHour * age) / HOUR + 0.05 * MB * random()];
    });
  });
}

test('a process that restarts: compares only within a life', () => {
  assert.equal(compare(growthOf(lives(0, 0), 60, least), BOUND), 'holds');
  assert.equal(compare(growthOf(lives(0, 5 * MB), 60, least), BOUND), 'holds', 'each start is higher');
  assert.equal(compare(growthOf(lives(0, -5 * MB), 60, least), BOUND), 'holds', 'each start is lower');
  assert.equal(compare(growthOf(lives(8 * MB, -5 * MB), 60, least), BOUND), 'broken', 'each life grows');
});

test('a series without two blocks in one life has no verdict, and few blocks give none', () => {
  assert.equal(growthOf([], 300, least), undefined);
  assert.equal(growthOf([[[0, 1]]], 300, least), undefined);
  assert.equal(growthOf([collected(300, 0), collected(300, 0)], 300, least), undefined);
  assert.equal(compare(undefined, BOUND), 'unknown');
  const few = growthOf([collected(900, 100 * MB)], 300, least);
  assert.deepEqual([few?.low, few?.high], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  assert.equal(compare(few, BOUND), 'unknown');
});

test('returns the middle value, or the mean of the two middle values', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});
