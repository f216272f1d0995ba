/** Tests the account of one observer's writes: exact counts and contradictions, on small histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counts, walk } from '../../lab/faults/checks/account.ts';
import type { History, Observation } from '../../lab/faults/history.ts';
import { A, at, B, incident, nodeKilled, seen, write } from './synthetic.ts';

const SYNC = 'sync-observer';
const NONE: Counts = {
  observed: 0,
  caughtUp: 0,
  conflated: 0,
  missed: 0,
  whileDown: 0,
  before: 0,
  lost: 0,
};
const read = (seconds: number, seq: number, conflated = 0, missed?: number): Observation => ({
  ...seen(SYNC, seconds, B, seq, conflated),
  ...(missed !== undefined && { missed }),
});
/** Seq 5 to 14, one write per second from 5 s on. The record contains no connections, so the observer's counts apply. */
const history = (observations: Observation[], change: Partial<History> = {}): History => ({
  ...nodeKilled(),
  writes: Array.from({ length: 10 }, (_, i) => write(i + 5, i + 5, A)),
  observations,
  handshakes: [],
  incidents: [],
  ...change,
});
const account = (observations: Observation[], change: Partial<History> = {}) => {
  const { counts, wrong, restarts, last, running } = walk(history(observations, change), SYNC);
  return { counts, wrong, restarts, last: last?.seq, running };
};
const wrongOf = (...args: Parameters<typeof account>) => account(...args).wrong;
const restart = (killed: number, started: number) => [
  incident(SYNC, killed, 'killed'),
  incident(SYNC, started, 'started'),
];

test('counts each write up to the last read once, by its outcome for the observer', () => {
  const reads = [read(7.1, 7), read(8.1, 8), read(10.1, 10, 1), read(12.1, 12, 0, 2)];
  assert.deepEqual(account([...reads, seen('async-observer', 13.1, B, 13)]), {
    counts: { ...NONE, before: 2, observed: 3, conflated: 1, caughtUp: 1, missed: 1 },
    wrong: [],
    restarts: 0,
    last: 12,
    running: true,
  });
});

test('does not count a first read of a value from before the record', () => {
  assert.deepEqual(account([read(4.9, 3), read(6.1, 6, 2)]), {
    counts: { ...NONE, observed: 1, conflated: 1 },
    wrong: [],
    restarts: 0,
    last: 6,
    running: true,
  });
  assert.deepEqual(wrongOf([read(5.1, 5), read(5.2, 3)]), [
    '5.20 s sync-observer observed seq 3 which no writer sent',
    '5.20 s sync-observer observed seq 3 after seq 5: not a newer write',
  ]);
  assert.deepEqual(wrongOf([read(5.1, 15)]), ['5.10 s sync-observer observed seq 15 which no writer sent']);
  assert.deepEqual(account([read(5.1, 5)], { writes: [] }).wrong, [
    '5.10 s sync-observer observed seq 5 which no writer sent',
  ]);
});

test('counts the gap of a restart as down time, and known values only once', () => {
  const incidents = restart(6.5, 7);
  const reads = [read(5.1, 5), read(6.1, 6), read(7.1, 6, 0, 0), read(9.1, 9, 2)];
  assert.deepEqual(account(reads, { incidents }), {
    counts: { ...NONE, observed: 3, conflated: 2 },
    wrong: [],
    restarts: 1,
    last: 9,
    running: true,
  });
  const later = [read(6.1, 6), read(9.1, 9, 0, 0)];
  assert.deepEqual(account(later, { incidents }).counts, {
    ...NONE,
    before: 1,
    observed: 1,
    caughtUp: 1,
    whileDown: 2,
  });
  const ended = account(later, { incidents: [...incidents, incident(SYNC, 10, 'killed')] });
  assert.deepEqual([ended.restarts, ended.running], [1, false]);
});

test('a start of the service separates earlier from later reads', () => {
  const back = (started: number) =>
    wrongOf([read(6.1, 6), read(7.1, 5, 0, 0)], { incidents: restart(6, started) });
  assert.deepEqual([back(7.1), back(6.100001)], [[], []]);
  const wentBack = ['7.10 s sync-observer observed seq 5 after seq 6: not a newer write'];
  assert.deepEqual([back(6.1), back(7.100001)], [wentBack, wentBack]);
});

test('detects a wrong count: the first read has no gap, and the others have the gap of the record', () => {
  const at5 = '5.10 s sync-observer observed seq 5';
  assert.deepEqual(wrongOf([read(5.1, 5, 1)]), [`${at5} as its first write with 1 conflated instead of 0`]);
  assert.deepEqual(wrongOf([read(5.1, 5, 0, 1)]), [`${at5} as its first write with 1 missed instead of 0`]);
  const at8 = '8.10 s sync-observer observed seq 8 after seq 5';
  assert.deepEqual(wrongOf([read(5.1, 5), read(8.1, 8, 1)]), [`${at8} with 1 conflated instead of 2`]);
  assert.deepEqual(wrongOf([read(5.1, 5), read(8.1, 8, 0, 2)]), [`${at8} with 2 missed instead of 3`]);
  assert.deepEqual(wrongOf([read(5.1, 5), read(8.1, 8, 2, 3)]), [`${at8} with 2 conflated instead of 0`]);
});

test('detects a gap that is reported as the wrong kind', () => {
  const incidents = [incident(SYNC, 5.05, 'connected', B)];
  assert.deepEqual(wrongOf([read(5.1, 5), read(5.2, 8, 0, 3)], { incidents }), [
    '5.20 s sync-observer observed seq 8 after seq 5 with 3 missed instead of 2 conflated: 100 ms after its last read, before any poll',
  ]);
  const again = [...incidents, incident(SYNC, 7.5, 'connected', B)];
  const onB = history([]).writes.map((one) => ({ ...one, node: B }));
  assert.deepEqual(wrongOf([read(5.1, 5), read(8.1, 8, 2)], { incidents: again, writes: onB }), [
    `8.10 s sync-observer observed seq 8 after seq 5 with 2 conflated instead of 3 missed: ${B} had seq 7 before the observer connected`,
  ]);
});

test('detects a repeated number within one run of an observer', () => {
  const twiceRead = account([read(5.1, 5), read(5.2, 5)]);
  assert.deepEqual(twiceRead.wrong, ['5.20 s sync-observer observed seq 5 after seq 5: not a newer write']);
  assert.deepEqual(twiceRead.counts, { ...NONE, observed: 1 });
  const unlogged = [read(15.1, 15), read(15.2, 14)];
  assert.deepEqual(
    wrongOf(unlogged, { incidents: [incident('writer', 14.5, 'killed')] }),
    ['15.20 s sync-observer observed seq 14 after seq 15: not a newer write'],
    'the record does not contain the newer write',
  );
});

test('detects a handshake for a write that the observer did not read', () => {
  const handshake = (observer: string, seq: number) => ({ observer, at: at(6), node: B, seq });
  assert.deepEqual(
    wrongOf([read(5.1, 5)], { handshakes: [handshake(SYNC, 5), handshake(SYNC, 6), handshake('other', 7)] }),
    ['6.00 s sync-observer sent a handshake for seq 6, which it had not observed'],
  );
});

/** Seq 7 is written at 7 s, and again by a new writer at 9 s. */
const twice = (outcome: 'acknowledged' | 'rejected') => ({
  writes: [write(5, 5, A), write(6, 6, A), write(7, 7, A), write(6, 8.9, A), write(7, 9, A, outcome)],
});

test('if two writes have the same number, the last one before the read counts, to the millisecond of the log', () => {
  const rejected = (seconds: number) => wrongOf([read(seconds, 7)], twice('rejected'));
  assert.deepEqual([rejected(7.1), rejected(8.998999)], [[], []]);
  const wrong = (time: string) => [`${time} sync-observer observed seq 7 which ${A} rejected`];
  assert.deepEqual([rejected(8.999), rejected(9.1)], [wrong('9.00 s'), wrong('9.10 s')]);
  assert.deepEqual(rejected(6.5), [], 'before both writes: the first one');
  const [first, ...others] = twice('acknowledged').writes.slice(2);
  assert.ok(first);
  const firstRejected = { writes: [{ ...first, outcome: 'rejected' as const }, ...others] };
  assert.deepEqual(wrongOf([read(6.5, 7)], firstRejected), wrong('6.50 s'));
});

test('counts numbers again that a new writer reuses', () => {
  const incidents = [incident('writer', 8, 'killed'), incident('writer', 8.5, 'started')];
  const reads = [read(5.1, 5), read(6.1, 6), read(7.1, 7), read(8.95, 6), read(9.1, 7)];
  const { counts, wrong, last } = account(reads, { ...twice('acknowledged'), incidents });
  assert.deepEqual([counts, wrong, last], [{ ...NONE, observed: 5 }, [], 7]);
  const polled = [...reads.slice(0, 3), read(8.95, 6, 0, 1), read(9.1, 7)];
  assert.deepEqual(wrongOf(polled, { ...twice('acknowledged'), incidents }), []);
  const sameAgain = account([read(7.1, 7), read(9.1, 7)], { ...twice('acknowledged'), incidents });
  assert.deepEqual([sameAgain.counts, sameAgain.wrong], [{ ...NONE, before: 2, observed: 2 }, []]);
});
