/** From samples to rows and rounds: medians, noise, ratios. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinceDue } from '../../bench/experiments/latency.ts';
import type { Sample } from '../../bench/sample.ts';
import { judgeBars } from '../../bench/summary/bars.ts';
import { choose, spreadOf, tooWide, troubleOf } from '../../bench/summary/disturbance.ts';
import { curveOf, encode, merge, percentilesOf } from '../../bench/summary/histogram.ts';
import { summarise } from '../../bench/summary/summarise.ts';
import { QUIET, roundTrips } from './samples.ts';

/** 1 to 1,000 microseconds. */
const RAMP = Array.from({ length: 1_000 }, (_, i) => i + 1);

test('percentiles survive being kept as text and merged', () => {
  const { count, p50, p99, max } = percentilesOf(merge([encode(RAMP), encode(RAMP)]));
  assert.deepEqual({ count, p50, p99, max }, { count: 2_000, p50: 500, p99: 990, max: 1_000 });
});

test('a curve goes no further than its samples can tell', () => {
  const curve = curveOf(merge([encode(RAMP)]));
  assert.deepEqual(curve.at(-1), [99.9, 999]);
  assert.ok(curve.every(([, micros], i) => micros >= (curve[i - 1]?.[1] ?? 0)));
});

test('the median of rounds, and how far they lie apart', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  assert.throws(() => spreadOf([]), /no values/);
  assert.equal(tooWide({ median: 100, min: 90, max: 120 }), false);
  assert.equal(tooWide({ median: 100, min: 50, max: 150 }), true);
  assert.equal(tooWide({ median: 100, min: 50, max: 150 }, 100), false, 'negligible');
});

test('trouble: stolen time, other processes, restarted nodes, complaints', () => {
  assert.deepEqual(troubleOf(QUIET), []);
  assert.deepEqual(troubleOf({ restartedNodes: [], complaints: [] }), [], 'what cannot be seen');
  const trouble = troubleOf({
    stolenShare: 0.05,
    foreignShare: 0.3,
    restartedNodes: ['127.0.0.1:7002'],
    complaints: ['lost 127.0.0.1:7002'],
  });
  assert.match(
    trouble.join('\n'),
    /5 % .* stolen\b.*\n.*other processes used 30 %.*\n.*7002 was restarted\nlost/,
  );
});

test('disturbed rounds are left out while at least half of the rounds remain', () => {
  const clean = roundTrips('floor', [100]);
  const spoiled = roundTrips('floor', [900], { foreignShare: 0.5 });
  assert.deepEqual(choose([clean, spoiled, clean]), { used: [clean, clean], noisy: [] });
  const { used, noisy } = choose([spoiled, spoiled, clean]);
  assert.equal(used.length, 3);
  assert.match(noisy.join(), /2 of 3 rounds: other processes used 50 %/);
  const memory = { ...spoiled, latencies: {}, figures: { memoryMb: 80 } };
  assert.deepEqual(choose([memory]), { used: [memory], noisy: [] }, 'no processor time changes it');
});

test('rounds that lie too far apart are no clean figure', () => {
  const [row] = summarise([roundTrips('floor', [300]), roundTrips('floor', [900])]);
  assert.deepEqual(row?.unstable, ['roundTrip']);
  assert.deepEqual(row?.noisy, []);
  assert.equal(row?.latencies.roundTrip?.rounds.p50.median, 600);
});

/** Round trips of floor and sync-observer: in each round the floor's, and the other's as a multiple of it. */
const rounds = (floors: number[], ratios: number[], conditions: Parameters<typeof roundTrips>[2][] = []) =>
  floors.flatMap((micros, i) => [
    roundTrips('floor', [micros], {}, i + 1),
    roundTrips('sync-observer', [micros * (ratios[i] as number)], conditions[i], i + 1),
  ]);
const firstBar = (samples: readonly Sample[]) => judgeBars(samples)[0];

test('a ratio is taken round by round, so what slows both down does not count', () => {
  const bar = firstBar(rounds([1_000, 5_000, 2_000], [1.1, 1.2, 1.1]));
  assert.equal(bar?.verdict, 'met');
  assert.deepEqual(
    [bar?.value, bar?.range, bar?.rounds].flat().map((n) => n?.toFixed(1)),
    ['1.1', '1.1', '1.2', '3.0', '3.0'],
  );
});

test('no verdict where more than a quarter of the rounds are on the other side of the limit', () => {
  const floors = [1_000, 1_000, 1_000, 1_000];
  assert.equal(firstBar(rounds(floors, [1.1, 1.1, 1.1, 2]))?.verdict, 'met');
  assert.equal(firstBar(rounds(floors, [1.1, 2, 2, 2]))?.verdict, 'not met');
  const bar = firstBar(rounds(floors, [1.1, 1.1, 2, 2]));
  assert.equal(bar?.verdict, 'inconclusive');
  assert.match(bar?.why ?? '', /2 of 4 rounds are on the other side/);
});

test('noisy rounds are left out while at least half of the rounds remain, and count where fewer do', () => {
  const floors = [1_000, 1_000, 1_000];
  const noise = { foreignShare: 0.5 };
  const some = firstBar(rounds(floors, [1.1, 9, 1.1], [{}, noise, {}]));
  assert.deepEqual([some?.verdict, some?.rounds], ['met', [2, 3]]);
  const most = firstBar(rounds(floors, [9, 9, 9], [{}, noise, noise]));
  assert.deepEqual([most?.verdict, most?.rounds], ['not met', [3, 3]]);
  assert.match(most?.noise ?? '', /^other processes used 50 %/);
});

test('notifications belong to the last writes, and each write has one', () => {
  assert.deepEqual(sinceDue([5, 110, 225], [100, 200]), [10, 25]);
  assert.throws(() => sinceDue([110], [100, 200]), /only 1 notifications/);
});
