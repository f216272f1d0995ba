/** Tests which guarantees are checked, on which figures, and with which verdicts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../lab/bench/sample.ts';
import type { Check } from '../../lab/bench/summary/check.ts';
import { checkGuarantees, exitCodeOf } from '../../lab/bench/summary/guarantees.ts';
import { encode } from '../../lab/bench/summary/histogram.ts';
import { figures, QUIET } from './samples.ts';

const AT_100 = { writesPerSecond: 100 };
const AT_MOST = { writesPerSecond: 'most' };

/** Creates a sample of paced writes with this median and 99th percentile of the round trip, in microseconds. */
function paced(experiment: string, subject: string, [p50, p99]: [number, number], cpu: number): Sample {
  const roundTrip = encode(Array.from({ length: 100 }, (_, i) => (i < 98 ? p50 : p99)));
  const sample = figures(experiment, subject, AT_100, { cpuMicrosPerWrite: cpu });
  return { ...sample, latencies: { roundTrip } };
}

/** Creates a sample of the maximum-rate load. */
function most(subject: string, cpu: number, rate: number, lag = 0, experiment = 'keeping-up'): Sample {
  const values = { cpuMicrosPerWrite: cpu, reachedPerSecond: rate, lagObservations: lag };
  return figures(experiment, subject, AT_MOST, values);
}

function alone(against: string, rate: number): Sample {
  return figures('keeping-up', 'alone', { against, ...AT_MOST }, { reachedPerSecond: rate });
}

/** Returns one line per check: subject, measured value, limit, and verdict. */
function lines(samples: readonly Sample[]): string[] {
  return checkGuarantees(samples).map(
    ({ experiment, subject, text, value, floor, limit, limitIs, verdict }) =>
      [
        `${experiment}: ${subject}, ${text}`,
        `${value === undefined ? '-' : Number(value.toFixed(3))}${floor === undefined ? '' : ` (${floor})`}`,
        limit === undefined ? verdict : `${limitIs} ${limit}: ${verdict}`,
      ].join(' | '),
  );
}

test('latency: guarantees at their limits are met', () => {
  assert.deepEqual(
    lines([
      paced('latency', 'floor', [880, 1_200], 7),
      paced('latency', 'sync-observer', [1_100, 1_800], 26),
      paced('latency', 'sync-observer, warn', [1, 1], 13),
      paced('latency', 'async-observer', [1_000, 1_500], 33),
      paced('latency', 'async-observer, warn', [1, 1], 22),
    ]),
    [
      'latency: sync-observer, round trip ÷ the baseline’s, median at 100 writes/s | 1.25 | most 1.25: met',
      'latency: sync-observer, round trip ÷ the baseline’s, 99th percentile at 100 writes/s | 1.5 | most 1.5: met',
      'latency: sync-observer, CPU per write ÷ at LOG_LEVEL=warn at 100 writes/s | 2 | most 2: met',
      'latency: async-observer, round trip ÷ the baseline’s, median at 100 writes/s | 1.136 | most 1.25: met',
      'latency: async-observer, round trip ÷ the baseline’s, 99th percentile at 100 writes/s | 1.25 | most 1.5: met',
      'latency: async-observer, CPU per write ÷ at LOG_LEVEL=warn at 100 writes/s | 1.5 | most 2: met',
      'latency: sync-observer, round trip, slowest observer ÷ fastest, median at 100 writes/s | 1.1 | most 1.1: met',
    ],
  );
});

test('latency: guarantees beyond their limits are not met', () => {
  const checks = checkGuarantees([
    paced('latency', 'floor', [880, 1_200], 7),
    paced('latency', 'sync-observer', [1_101, 1_801], 27),
    paced('latency', 'sync-observer, warn', [1, 1], 13),
    paced('latency', 'async-observer', [1_300, 1_900], 45),
    paced('latency', 'async-observer, warn', [1, 1], 22),
  ]);
  assert.deepEqual(
    checks.map(({ verdict }) => verdict),
    Array(7).fill('not met'),
  );
  assert.equal(checks.at(-1)?.subject, 'async-observer', 'the slower one');
});

test('latency: reports "not measured" without samples of the compared subjects', () => {
  const failed = { ...QUIET, complaints: ['lost 127.0.0.1:7002'] };
  const samples = ['floor', 'sync-observer', 'async-observer'].map((subject) => ({
    ...paced('latency', subject, [900, 900], 1),
    ...(subject === 'floor' && { conditions: failed }),
  }));
  assert.deepEqual(
    checkGuarantees(samples).map(({ verdict, value, range }) => [verdict, value, range]),
    [...Array(6).fill(['not measured', undefined, undefined]), ['met', 1, [1, 1]]],
  );
});

/** All figures differ, so that each ratio identifies its figures. */
const KEEPING_UP = [
  alone('floor', 100),
  alone('sync-observer', 200),
  alone('async-observer', 300),
  alone('sync-observer, tracking', 100),
  alone('async-observer, tracking', 200),
  most('floor', 400, 95),
  most('floor, tracking', 100, 1),
  most('naive', 2_500, 1),
  most('sync-observer', 500, 180, 2),
  most('sync-observer, warn', 250, 1),
  most('async-observer', 480, 240, 1),
  most('async-observer, warn', 320, 1),
  most('sync-observer, tracking', 300, 98, 2),
  most('async-observer, tracking', 200, 198, 0),
];

test('keeping up: guarantees at their limits are met, and ratios that depend on the load are figures', () => {
  assert.deepEqual(lines(KEEPING_UP), [
    'keeping-up: sync-observer, observations behind after the last write at the maximum rate, worst round | 2 | most 2: met',
    'keeping-up: sync-observer, CPU per write at the maximum rate ÷ at LOG_LEVEL=warn | 2 | most 2: met',
    'keeping-up: sync-observer, CPU per write at the maximum rate ÷ the naive observer’s | 0.2 | most 0.2: met',
    'keeping-up: sync-observer, CPU per write at the maximum rate ÷ the baseline’s | 1.25 | figure',
    'keeping-up: sync-observer, maximum write rate with it ÷ the writer alone | 0.9 (0.95) | figure',
    'keeping-up: sync-observer, tracking, observations behind after the last write at the maximum rate, worst round | 2 | most 2: met',
    'keeping-up: sync-observer, tracking, CPU per write at the maximum rate ÷ the keyevent baseline’s | 0.75 | most 0.75: met',
    'keeping-up: sync-observer, tracking, CPU per write at the maximum rate ÷ the tracking baseline’s | 3 | figure',
    'keeping-up: sync-observer, tracking, maximum write rate with it ÷ the writer alone | 0.98 (0.95) | least 0.98: met',
    'keeping-up: async-observer, observations behind after the last write at the maximum rate, worst round | 1 | most 2: met',
    'keeping-up: async-observer, CPU per write at the maximum rate ÷ at LOG_LEVEL=warn | 1.5 | most 2: met',
    'keeping-up: async-observer, CPU per write at the maximum rate ÷ the naive observer’s | 0.192 | most 0.2: met',
    'keeping-up: async-observer, CPU per write at the maximum rate ÷ the baseline’s | 1.2 | figure',
    'keeping-up: async-observer, maximum write rate with it ÷ the writer alone | 0.8 (0.95) | figure',
    'keeping-up: async-observer, tracking, observations behind after the last write at the maximum rate, worst round | 0 | most 2: met',
    'keeping-up: async-observer, tracking, CPU per write at the maximum rate ÷ the keyevent baseline’s | 0.5 | most 0.75: met',
    'keeping-up: async-observer, tracking, CPU per write at the maximum rate ÷ the tracking baseline’s | 2 | figure',
    'keeping-up: async-observer, tracking, maximum write rate with it ÷ the writer alone | 0.99 (0.95) | least 0.98: met',
  ]);
});

test('keeping up: guarantees beyond their limits are not met', () => {
  const worse = KEEPING_UP.map((sample) => {
    if (!sample.subject.includes('-observer') || sample.subject.includes('warn')) return sample;
    const { cpuMicrosPerWrite: cpu = 0, reachedPerSecond: rate = 0 } = sample.figures;
    const values = { cpuMicrosPerWrite: cpu * 2, reachedPerSecond: rate * 0.9, lagObservations: 3 };
    return { ...sample, figures: values };
  });
  const verdicts = checkGuarantees(worse).map(({ verdict }) => verdict);
  const observer = [
    ...Array(3).fill('not met'),
    'figure',
    'figure',
    'not met',
    'not met',
    'figure',
    'not met',
  ];
  assert.deepEqual(verdicts, [...observer, ...observer]);
});

test('keeping up: the worst round counts, independent of noise', () => {
  const rounds = [0, 3, 1, 0].map((lag, i) => ({
    ...most('sync-observer', 1, 1, lag),
    round: i + 1,
    conditions: { ...QUIET, foreignShare: i === 1 ? 0.9 : 0 },
  }));
  const [check] = checkGuarantees(rounds);
  assert.deepEqual([check?.value, check?.range, check?.rounds, check?.noise], [3, [3, 3], [4, 4], undefined]);
  assert.equal(check?.verdict, 'not met');
});

test('memory: compares the last figure with the first, if there are any', () => {
  const at = (subject: string, writes: number, memoryMb: number) =>
    figures('memory', subject, { writes }, { memoryMb });
  const samples = [
    at('sync-observer', 10, 100),
    at('async-observer', 10, 100),
    at('sync-observer', 20, 500),
    at('sync-observer', 30, 110),
    at('async-observer', 30, 111),
    figures('latency', 'async-observer', { writes: 40 }, { memoryMb: 1 }),
  ];
  assert.deepEqual(
    lines(samples).filter((line) => line.startsWith('memory')),
    [
      'memory: sync-observer, memory after 30 writes ÷ after 10 | 1.1 | most 1.1: met',
      'memory: async-observer, memory after 30 writes ÷ after 10 | 1.11 | most 1.1: not met',
    ],
  );
  assert.deepEqual(checkGuarantees([at('floor', 10, 1)]), []);
});

test('metrics: compares each service with metrics and without', () => {
  const services = ['writer', 'sync-observer', 'async-observer'];
  const verdictsOf = (micros: number, cpu: number) =>
    checkGuarantees(
      services.flatMap((name) => [
        paced('metrics', name, [1_000, 1_000], 100),
        paced('metrics', `${name}, metrics`, [micros, 5_000], cpu),
      ]),
    ).map(({ subject, limit, verdict }) => `${subject} ${limit} ${verdict}`);
  assert.deepEqual(verdictsOf(1_020, 105), [
    'sync-observer 1.02 met',
    'async-observer 1.02 met',
    'writer 1.05 met',
    'sync-observer 1.05 met',
    'async-observer 1.05 met',
  ]);
  assert.deepEqual(verdictsOf(1_030, 106), [
    'sync-observer 1.02 not met',
    'async-observer 1.02 not met',
    'writer 1.05 not met',
    'sync-observer 1.05 not met',
    'async-observer 1.05 not met',
  ]);
});

test('page: compares each observer with pages and without a monitor, and checks the monitor', () => {
  const at = { writesPerSecond: 1_000 };
  const pages = { ...at, pages: 20 };
  const answered = (subject: string, micros: number, cpu: number) => ({
    ...paced('page', subject, [micros, 9_000], cpu),
    setting: at,
  });
  const verdictsOf = (micros: number, framesPerSecond: number, memoryMb: number) =>
    lines([
      ...['writer', 'sync-observer', 'async-observer'].flatMap((name) => [
        answered(name, 1_000, 100),
        answered(`${name}, page`, micros, 150),
      ]),
      figures('page', 'monitor', pages, { framesPerSecond }),
      figures('page', 'monitor', { ...pages, seconds: 0 }, { memoryMb: 100 }),
      figures('page', 'monitor', { ...pages, seconds: 60 }, { memoryMb: 500 }),
      figures('page', 'monitor', { ...pages, seconds: 120 }, { memoryMb }),
    ]);
  const text = 'round trip with 20 live pages ÷ without a monitor, median at 1,000 writes/s';
  const cpu = 'CPU per write with 20 live pages ÷ without a monitor, at 1,000 writes/s';
  assert.deepEqual(verdictsOf(1_050, 10, 110), [
    `page: sync-observer, ${text} | 1.05 | most 1.05: met`,
    `page: async-observer, ${text} | 1.05 | most 1.05: met`,
    ...['writer', 'sync-observer', 'async-observer'].map((name) => `page: ${name}, ${cpu} | 1.5 | figure`),
    'page: monitor, frames per second of one page | 10 | most 10: met',
    'page: monitor, memory after 120 s ÷ at the start | 1.1 | most 1.1: met',
  ]);
  const worse = verdictsOf(1_060, 10.1, 111);
  assert.equal(worse.filter((line) => line.endsWith(': not met')).length, 4, worse.join('\n'));
});

test('style: compares iterator with callbacks in each library, and the libraries in each style', () => {
  const samples = [
    paced('style', 'ioredis, callbacks', [100, 1], 100),
    paced('style', 'ioredis, iterator', [110, 1], 120),
    paced('style', 'redis, callbacks', [200, 1], 400),
    paced('style', 'redis, iterator', [240, 1], 200),
    most('ioredis, callbacks', 10, 1, 0, 'style'),
    most('ioredis, iterator', 13, 1, 0, 'style'),
    most('redis, callbacks', 40, 1, 0, 'style'),
    most('redis, iterator', 60, 1, 0, 'style'),
  ];
  assert.deepEqual(
    lines(samples).map((line) => line.replace('style: ', '').replace(' | figure', '')),
    [
      'ioredis, iterator, round trip at 100 writes/s, median ÷ that of ioredis, callbacks | 1.1',
      'ioredis, iterator, CPU per write at 100 writes/s ÷ that of ioredis, callbacks | 1.2',
      'ioredis, iterator, CPU per write at the maximum rate ÷ that of ioredis, callbacks | 1.3',
      'redis, iterator, round trip at 100 writes/s, median ÷ that of redis, callbacks | 1.2',
      'redis, iterator, CPU per write at 100 writes/s ÷ that of redis, callbacks | 0.5',
      'redis, iterator, CPU per write at the maximum rate ÷ that of redis, callbacks | 1.5',
      'redis, callbacks, round trip at 100 writes/s, median ÷ that of ioredis, callbacks | 2',
      'redis, callbacks, CPU per write at 100 writes/s ÷ that of ioredis, callbacks | 4',
      'redis, callbacks, CPU per write at the maximum rate ÷ that of ioredis, callbacks | 4',
      'redis, iterator, round trip at 100 writes/s, median ÷ that of ioredis, iterator | 2.182',
      'redis, iterator, CPU per write at 100 writes/s ÷ that of ioredis, iterator | 1.667',
      'redis, iterator, CPU per write at the maximum rate ÷ that of ioredis, iterator | 4.615',
    ],
  );
});

test('experiments that did not run have no guarantees', () => {
  assert.deepEqual(checkGuarantees([]), []);
  assert.deepEqual(checkGuarantees([figures('nodes', 'arrival', { nodes: 1 }, { lagObservations: 1 })]), []);
});

test('exit code: a broken guarantee takes precedence over a missing result; figures do not count', () => {
  const check = { experiment: 'latency', text: '', subject: '', limit: 1, limitIs: 'most' } as const;
  const codeOf = (...verdicts: Check['verdict'][]) =>
    exitCodeOf(verdicts.map((verdict) => ({ ...check, verdict })));
  assert.equal(codeOf(), 0);
  assert.equal(codeOf('met', 'figure'), 0);
  assert.equal(codeOf('met', 'inconclusive'), 2);
  assert.equal(codeOf('met', 'not measured'), 2);
  assert.equal(codeOf('not measured', 'not met', 'inconclusive'), 1);
});
