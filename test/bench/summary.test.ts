/** Tests the summary of samples: medians, noise, ratios. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinceDue } from '../../lab/bench/experiments/latency.ts';
import type { Sample } from '../../lab/bench/sample.ts';
import { roundTrip } from '../../lab/bench/summary/check.ts';
import { checkGuarantees } from '../../lab/bench/summary/guarantees.ts';
import { curveOf, encode, merge, percentilesOf } from '../../lab/bench/summary/histogram.ts';
import { choose, failureOf, isUnstable, noiseOf, problemsOf, worst } from '../../lab/bench/summary/noise.ts';
import { valuesOf } from '../../lab/bench/summary/ratios.ts';
import { findRow, summarize } from '../../lab/bench/summary/summarize.ts';
import { spreadOf } from '../../toolkit/report/figures.ts';
import { QUIET, roundTrips } from './samples.ts';

/** 1 to 1,000 microseconds. */
const RAMP = Array.from({ length: 1_000 }, (_, i) => i + 1);

test('percentiles are unchanged after encoding and merging', () => {
  const { count, p50, p99, max } = percentilesOf(merge([encode(RAMP), encode(RAMP)]));
  assert.deepEqual({ count, p50, p99, max }, { count: 2_000, p50: 500, p99: 990, max: 1_000 });
});

test('a curve ends at the highest percentile that its samples support', () => {
  const curve = curveOf(merge([encode(RAMP)]));
  assert.deepEqual(curve.at(-1), [99.9, 999]);
  assert.ok(curve.every(([, micros], i) => micros >= (curve[i - 1]?.[1] ?? 0)));
});

test('returns the median and the range of rounds', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  assert.throws(() => spreadOf([]), /no values/);
});

test('rounds are unstable if their range is over 60 % of the median and not negligible', () => {
  assert.equal(isUnstable({ median: 100, min: 70, max: 130 }), false);
  assert.equal(isUnstable({ median: 100, min: 70, max: 131 }), true);
  assert.equal(isUnstable({ median: 100, min: 50, max: 150 }, 100), false, 'negligible');
  assert.equal(isUnstable({ median: 100, min: 50, max: 151 }, 100), true);
});

test('a sample is noisy above 2 % of stolen CPU time or 10 % for other processes', () => {
  assert.deepEqual(noiseOf({ ...QUIET, stolenShare: 0.02, foreignShare: 0.1 }), []);
  assert.deepEqual(noiseOf({ ...QUIET, stolenShare: 0.05, foreignShare: 0.104 }), [
    '5 % of the CPU time was stolen by the hypervisor',
    'other processes used 10 % of the CPU time',
  ]);
  assert.deepEqual(noiseOf({ restartedNodes: [], complaints: [] }), [], 'unknown shares are not noise');
});

test('a sample failed if a node was restarted or a process logged a warning', () => {
  assert.deepEqual(failureOf(QUIET), []);
  const failed = { ...QUIET, restartedNodes: ['127.0.0.1:7002'], complaints: ['lost 127.0.0.1:7002'] };
  const reasons = ['node 127.0.0.1:7002 was restarted', 'lost 127.0.0.1:7002'];
  assert.deepEqual(failureOf(failed), reasons);
  const noisy = 'other processes used 50 % of the CPU time';
  assert.deepEqual(problemsOf({ ...failed, foreignShare: 0.5 }), [noisy, ...reasons]);
});

test('keeps one of several reasons that differ only in their numbers: the highest', () => {
  const used = (percent: number) => `other processes used ${percent} % of the CPU time`;
  assert.equal(worst([]), '');
  assert.equal(worst([used(20), used(100), used(30)]), used(100));
  assert.equal(worst([used(9), 'lost a', used(12), 'lost b']), `${used(12)}; lost a; lost b`);
  assert.equal(worst(['7 of 9', '7 of 8']), '7 of 9', 'keeps the first of equal reasons');
});

test('ignores noisy rounds if at least half of the rounds remain', () => {
  const clean = roundTrips('floor', [100]);
  const noisyRound = roundTrips('floor', [900], { foreignShare: 0.5 });
  assert.deepEqual(choose([clean, noisyRound]), { used: [clean], noisy: [] });
  assert.deepEqual(choose([noisyRound, noisyRound, clean]), {
    used: [noisyRound, noisyRound, clean],
    noisy: ['2 of 3 rounds: other processes used 50 % of the CPU time'],
  });
});

test('ignores noise for figures of memory', () => {
  const [memory, both, neither] = [{ memoryMb: 80 }, { memoryMb: 80, reads: 1 }, {}].map((values) => ({
    ...roundTrips('floor', [1], { foreignShare: 0.5 }),
    latencies: {},
    figures: values,
  })) as [Sample, Sample, Sample];
  assert.deepEqual(choose([memory]), { used: [memory], noisy: [] });
  for (const samples of [[both], [neither], [memory, both]])
    assert.equal(choose(samples).noisy.length, 1, JSON.stringify(samples));
  const failed = { ...memory, conditions: { ...QUIET, complaints: ['lost a'] } };
  assert.deepEqual(choose([failed]).noisy, ['1 of 1 rounds: lost a']);
});

test('a row contains latencies and figures of its rounds, and the names of unstable ones', () => {
  const round = (micros: number, rate: number, cpu: number) => ({
    ...roundTrips('floor', [micros]),
    latencies: { roundTrip: encode([micros]), lateness: encode([micros]), read: encode([micros / 10]) },
    figures: { reachedPerSecond: rate, cpuMicrosPerWrite: cpu },
  });
  const wide = summarize([round(300, 100, 1), round(900, 300, 9)]);
  assert.equal(wide.length, 1);
  const [row] = wide;
  assert.deepEqual(
    row?.unstable,
    ['roundTrip', 'reachedPerSecond'],
    'lateness, CPU, and differences of 60 µs are not unstable',
  );
  assert.deepEqual([row?.rounds, row?.roundsUsed, row?.noisy], [2, 2, []]);
  assert.equal(row?.latencies.roundTrip?.rounds.p50.median, 600);
  assert.equal(row?.latencies.roundTrip?.whole.count, 2);
  assert.deepEqual(row?.figures, {
    reachedPerSecond: { median: 200, min: 100, max: 300 },
    cpuMicrosPerWrite: { median: 5, min: 1, max: 9 },
  });
  assert.deepEqual(summarize([round(300, 100, 1), round(310, 110, 9)])[0]?.unstable, []);
});

test('a row contains the figures that any of its rounds has, and is found by its setting', () => {
  const failed = { ...roundTrips('floor', []), latencies: {}, figures: {} };
  const rows = summarize([
    roundTrips('floor', [300]),
    { ...failed, figures: { reads: 7 } },
    { ...roundTrips('sync-observer', [400]), setting: { writesPerSecond: 10 } },
    roundTrips('sync-observer', [500]),
  ]);
  assert.deepEqual(
    rows.map(({ subject, setting, rounds }) => [subject, setting.writesPerSecond, rounds]),
    [
      ['floor', 100, 2],
      ['sync-observer', 10, 1],
      ['sync-observer', 100, 1],
    ],
  );
  assert.deepEqual(rows[0]?.figures, { reads: { median: 7, min: 7, max: 7 } });
  assert.equal(rows[0]?.latencies.roundTrip?.whole.count, 1);
  const wanted = { experiment: 'latency', subject: 'sync-observer', setting: { writesPerSecond: 100 } };
  assert.equal(findRow(rows, wanted), rows[2]);
  assert.equal(findRow(rows, { ...wanted, subject: 'async-observer' }), undefined);
});

/** Creates round trips of the baseline and, as multiples of these, of sync-observer. */
const rounds = (baselines: number[], ratios: number[], conditions: Parameters<typeof roundTrips>[2][] = []) =>
  baselines.flatMap((micros, i) => [
    roundTrips('floor', [micros], {}, i + 1),
    roundTrips('sync-observer', [micros * (ratios[i] as number)], conditions[i], i + 1),
  ]);
const firstCheck = (samples: readonly Sample[]) => checkGuarantees(samples)[0];

test('computes ratios per round, so that a slow round does not count', () => {
  const check = firstCheck(rounds([1_000, 5_000, 2_000], [1.1, 1.2, 1.1]));
  assert.equal(check?.verdict, 'met');
  assert.deepEqual(
    [check?.value, check?.range, check?.rounds].flat().map((n) => n?.toFixed(1)),
    ['1.1', '1.1', '1.2', '3.0', '3.0'],
  );
});

test('a check is inconclusive if more than a quarter of the rounds are on the other side of the limit', () => {
  const baselines = [1_000, 1_000, 1_000, 1_000];
  assert.equal(firstCheck(rounds(baselines, [1.1, 1.1, 1.1, 2]))?.verdict, 'met');
  assert.equal(firstCheck(rounds(baselines, [1.1, 2, 2, 2]))?.verdict, 'not met');
  const check = firstCheck(rounds(baselines, [1.1, 1.1, 2, 2]));
  assert.equal(check?.verdict, 'inconclusive');
  assert.match(check?.why ?? '', /2 of 4 rounds are on the other side/);
});

test('ignores noisy rounds of a ratio if at least half of the rounds remain', () => {
  const noise = { foreignShare: 0.5 };
  const some = firstCheck(rounds([1_000, 1_000], [1.1, 9], [{}, noise]));
  assert.deepEqual([some?.verdict, some?.rounds, some?.noise], ['met', [1, 2], undefined]);
  const most = firstCheck(rounds([1_000, 1_000, 1_000], [9, 9, 9], [{}, noise, noise]));
  assert.deepEqual([most?.verdict, most?.rounds], ['not met', [3, 3]]);
  assert.equal(most?.noise, 'other processes used 50 % of the CPU time');
});

test('a round without the figure, or with a failed sample, has no value', () => {
  const samples = [
    roundTrips('floor', [1], {}, 1),
    { ...roundTrips('floor', [], {}, 2), latencies: {} },
    roundTrips('floor', [1], { complaints: ['lost a'] }, 3),
  ];
  const identity = { experiment: 'latency', subject: 'floor', setting: { writesPerSecond: 100 } };
  assert.deepEqual([...valuesOf(samples, identity, roundTrip('p50')).keys()], [1]);
});

test('assigns the last notifications to the writes, and requires one for each', () => {
  assert.deepEqual(sinceDue([5, 110, 225], [100, 200]), [10, 25]);
  assert.throws(() => sinceDue([110], [100, 200]), /only 1 notifications/);
});
