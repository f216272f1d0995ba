import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Observations } from '../../common/observations.ts';
import { type Cause, type Reply, WRONG_TYPE } from '../../common/reading.ts';
import { readSettings } from '../../common/settings.ts';
import { ManualClock } from '../helpers/clock.ts';
import { Events } from '../helpers/events.ts';

const NODE = '127.0.0.1:7002';
const NOW = 1_725_543_675_123_456;
const WARN = 40;

const TIMES = { sentMicros: 5, acknowledgedMicros: 7 };

function observer() {
  const events = new Events();
  const clock = new ManualClock(NOW);
  const observations = new Observations(readSettings({}, 'sync-observer'), events.log, clock);
  observations.logConnected(NODE);
  /** The new events, without their time. */
  const logged = () => events.all.splice(0).map(({ time, ...event }) => event);
  logged();
  return { clock, events, logged, observations };
}

/** Returns a write with seq. Its micros increase with `seq`, unless they are given. */
function write(seq: number, micros = seq): string {
  return `Writer seq ${seq} micros ${micros} timestamp 1`;
}

/** Returns the counts after a series of reads. */
function countsOf(observations: Observations, reads: [Reply, Cause][]) {
  for (const [reply, cause] of reads) observations.observe(reply, cause);
  const { observed, caughtUp, conflated, missed } = observations.counts;
  return { observed, caughtUp, conflated, missed };
}

test('the time difference is the clock at the read minus the micros of the write', () => {
  const cases: [number, number, string][] = [
    [2_113, 0.002113, '0.002113'],
    [0, 0, '0.000000'],
    [5_000_000, 5, '5.000000'],
    [3_600_000_001, 3600.000001, '3600.000001'],
    [-1, -0.000001, '-0.000001'],
    [-1_500_000, -1.5, '-1.500000'],
  ];
  for (const [offset, seconds, shown] of cases) {
    const { clock, logged, observations } = observer();
    clock.unixMicros = NOW + offset;
    const text = `Writer seq 42 micros ${NOW} timestamp 1725543675`;
    const observation = observations.observe(text, 'notified');
    assert.ok(observation);
    assert.equal(observation.differenceSeconds, seconds);
    observations.logRead(observation, NODE);
    assert.deepEqual(logged(), [
      {
        level: 30,
        event: 'read',
        node: NODE,
        writer: 'Writer',
        seq: 42,
        readMicros: NOW + offset,
        differenceSeconds: seconds,
        msg: `sync-observer read shared_key: ${text}, Time difference: ${shown} seconds`,
      },
    ]);
  }
});

test('a write without micros has a time difference in whole seconds', () => {
  const cases: [number, number][] = [
    [1_725_543_675_000_000, 0],
    [1_725_543_675_999_999, 0],
    [1_725_543_677_999_999, 2],
    [1_725_543_674_999_999, -1],
    [1_725_547_275_000_000, 3_600],
  ];
  for (const [micros, seconds] of cases) {
    const { clock, logged, observations } = observer();
    clock.unixMicros = micros;
    const observation = observations.observe('Python01 timestamp 1725543675', 'notified', micros - 5);
    assert.ok(observation);
    observations.logRead(observation, NODE);
    assert.deepEqual(logged(), [
      {
        level: 30,
        event: 'read',
        node: NODE,
        writer: 'Python01',
        notifiedMicros: micros - 5,
        readMicros: micros,
        differenceSeconds: seconds,
        msg: `sync-observer read shared_key: Python01 timestamp 1725543675, Time difference: ${seconds} seconds`,
      },
    ]);
  }
});

test('the handshake contains the time of the read, on the clock of the observer', () => {
  const { clock, logged, observations } = observer();
  clock.unixMicros = 1_725_543_999_000_001;
  const observation = observations.observe(`Writer seq 42 micros ${NOW} timestamp 1725543675`, 'notified');
  const handshake =
    'Handshake from sync-observer for Writer seq 42 micros 1725543999000001 timestamp 1725543999';
  assert.ok(observation);
  assert.equal(observation.handshake, handshake);
  observations.logHandshake(observation, NODE, TIMES);
  assert.deepEqual(logged(), [
    {
      level: 30,
      event: 'handshake',
      node: NODE,
      writer: 'Writer',
      seq: 42,
      ...TIMES,
      msg: `sync-observer set handshake_key:sync-observer: ${handshake}`,
    },
  ]);
  assert.equal(
    observations.observe('Python01 timestamp 5', 'notified')?.handshake,
    'Handshake from sync-observer for Python01 micros 1725543999000001 timestamp 1725543999',
  );
});

test('every write is observed, conflated, or missed, and the counts add up', () => {
  const { observations } = observer();
  const counts = countsOf(observations, [
    [write(10), 'connected'],
    [write(11), 'notified'],
    [write(15), 'notified'],
    [write(15), 'notified'],
    [write(18), 'recheck'],
    [write(19), 'recheck'],
    [write(20), 'notified'],
  ]);
  assert.deepEqual(counts, { observed: 6, caughtUp: 3, conflated: 3, missed: 4 });
  const first = 1;
  assert.equal(counts.observed - counts.caughtUp + counts.conflated + counts.missed, 20 - 10 + 1 - first);
});

test('the first value of a writer is never a missed write', () => {
  const nothing = { conflated: 0, missed: 0 };
  for (const cause of ['connected', 'recheck'] as const)
    assert.deepEqual(countsOf(observer().observations, [[write(10), cause]]), {
      observed: 1,
      caughtUp: 1,
      ...nothing,
    });
  assert.deepEqual(countsOf(observer().observations, [[write(10), 'notified']]), {
    observed: 1,
    caughtUp: 0,
    ...nothing,
  });
});

test('without two numbers to compare, a new write is one write', () => {
  const values: [string, string][] = [
    ['W timestamp 1', 'W timestamp 2'],
    ['W seq 5 timestamp 1', 'W timestamp 2'],
    ['W timestamp 1', 'W seq 5 timestamp 2'],
    // A writer that restarted with a lower number, and one that uses a number twice.
    ['W seq 9 timestamp 1', 'W seq 3 timestamp 2'],
    ['W seq 9 timestamp 1', 'W seq 9 timestamp 2'],
  ];
  for (const [one, other] of values) {
    const notified = countsOf(observer().observations, [
      [one, 'notified'],
      [other, 'notified'],
    ]);
    assert.deepEqual(notified, { observed: 2, caughtUp: 0, conflated: 0, missed: 0 }, other);
    const polled = countsOf(observer().observations, [
      [one, 'notified'],
      [other, 'recheck'],
    ]);
    assert.deepEqual(polled, { observed: 2, caughtUp: 1, conflated: 0, missed: 1 }, other);
  }
});

test('the gap after a reconnection is missed, even if a notification arrives before the first read', () => {
  const { logged, observations } = observer();
  observations.observe(write(10), 'notified');
  observations.logConnected(NODE);
  logged();
  const first = observations.observe(write(15), 'notified');
  assert.deepEqual([first?.missed, first?.conflated], [5, 0]);
  assert.ok(first);
  observations.logRead(first, NODE);
  const [line = {}] = logged();
  assert.deepEqual([line.seq, line.caughtUp, line.missed, line.conflated], [15, true, 5, undefined]);
  const next = observations.observe(write(18), 'notified');
  assert.deepEqual([next?.missed, next?.conflated], [undefined, 2]);
  assert.ok(next);
  observations.logRead(next, NODE);
  assert.equal(logged()[0]?.conflated, 2);
  assert.deepEqual(countsOf(observations, []), { observed: 3, caughtUp: 1, conflated: 2, missed: 5 });
});

test('a known value that is read after a reconnection ends the gap', () => {
  const { observations } = observer();
  observations.observe(write(10), 'notified');
  observations.logConnected(NODE);
  observations.observe(write(10), 'connected');
  const next = observations.observe(write(12), 'notified');
  assert.deepEqual([next?.missed, next?.conflated], [undefined, 1]);
});

test('returns an observation again until its handshake is acknowledged, and logs the read once', () => {
  const { logged, observations } = observer();
  const observation = observations.observe(write(10), 'notified');
  assert.ok(observation);
  observations.logRead(observation, NODE);
  observations.logConnected(NODE);
  assert.equal(observations.observe(write(10), 'connected'), observation);
  observations.logRead(observation, NODE);
  assert.equal(logged().filter(({ event }) => event === 'read').length, 1);
  observations.logHandshake(observation, NODE, TIMES);
  assert.equal(observations.observe(write(10), 'recheck'), undefined);
  assert.equal(observations.counts.handshakes, 1);
  assert.equal(observations.counts.observed, 1);
});

test('an older value has no handshake, even while that of a newer one is not acknowledged', () => {
  const { observations } = observer();
  observations.observe(write(10), 'notified');
  assert.equal(observations.observe(write(9), 'notified'), undefined);
  observations.observe('Other timestamp 5', 'notified');
  assert.equal(observations.observe(write(10), 'recheck'), undefined);
});

test('an older value causes one warning, until a notification or another value', () => {
  const { logged, observations } = observer();
  observations.observe(write(10), 'notified');
  for (const cause of ['recheck', 'recheck', 'notified', 'recheck'] as const)
    observations.observe(write(9), cause);
  const warning = {
    level: WARN,
    event: 'older',
    value: write(9),
    newest: write(10),
    msg: `sync-observer read an older value under shared_key than before: ${write(9)}`,
  };
  assert.deepEqual(logged(), [
    { ...warning, cause: 'recheck' },
    { ...warning, cause: 'notified' },
  ]);
  observations.observe(write(11), 'notified');
  observations.observe(write(9), 'recheck');
  assert.deepEqual(logged(), [{ ...warning, newest: write(11), cause: 'recheck' }]);
  assert.equal(observations.counts.older, 3);
});

test('a poll does not repeat a warning about a malformed value, a notification does', () => {
  const { observations, events } = observer();
  for (const cause of ['connected', 'recheck', 'recheck'] as const) observations.observe('nonsense', cause);
  assert.equal(observations.counts.malformed, 1);
  observations.observe('nonsense', 'notified');
  assert.equal(events.like({ event: 'malformed' }).length, 2);
  observations.observe('other nonsense', 'recheck');
  assert.equal(observations.counts.malformed, 3);
  observations.observe(write(1), 'recheck');
  observations.observe('other nonsense', 'recheck');
  assert.equal(observations.counts.malformed, 4);
});

test('each malformed value causes a warning with its reason', () => {
  const cases: [Reply, string, string][] = [
    ['nonsense', 'it has no timestamp', 'nonsense'],
    ['x\u0007', 'it holds binary data or control characters', 'x\ufffd'],
    [WRONG_TYPE, 'it is not a string', ''],
    [null, 'it is gone by the time of the read', ''],
  ];
  for (const [reply, reason, value] of cases) {
    const { logged, observations } = observer();
    assert.equal(observations.observe(reply, 'notified'), undefined);
    assert.deepEqual(logged(), [
      {
        level: WARN,
        event: 'malformed',
        key: 'shared_key',
        reason,
        value,
        cause: 'notified',
        msg: `sync-observer cannot read shared_key: ${reason}${value === '' ? '' : `: ${value}`}`,
      },
    ]);
    assert.equal(observations.counts.malformed, 1);
    assert.equal(observations.counts.reads, 1);
  }
});

test('a poll that finds the same problem with another value causes a new warning', () => {
  const { observations } = observer();
  for (const reply of ['one', 'two', WRONG_TYPE, WRONG_TYPE] as const) observations.observe(reply, 'recheck');
  assert.equal(observations.counts.malformed, 3);
});

test('a missing key causes no warning, unless a notification announced a value', () => {
  const { logged, observations } = observer();
  for (const cause of ['connected', 'recheck'] as const)
    assert.equal(observations.observe(null, cause), undefined);
  assert.deepEqual(logged(), []);
  assert.equal(observations.counts.malformed, 0);
});

test('logs each connection, each loss with its reason, and one summary', () => {
  const { logged, observations } = observer();
  observations.logConnected(NODE);
  observations.logLost(NODE, new Error(' connection reset\n'));
  for (const seq of [1, 4]) observations.observe(write(seq), 'notified');
  observations.observe(write(9), 'recheck');
  observations.observe(null, 'notified');
  observations.logSummary();
  const counts = {
    reads: 4,
    observed: 3,
    caughtUp: 2,
    conflated: 2,
    missed: 5,
    older: 0,
    malformed: 1,
    negative: 0,
    handshakes: 0,
  };
  const [connected, lost, , summary] = logged();
  assert.deepEqual(
    [connected, lost, summary],
    [
      { level: 30, event: 'connected', node: NODE, msg: `sync-observer connected to ${NODE}` },
      {
        level: WARN,
        event: 'lost',
        node: NODE,
        reason: 'connection reset',
        msg: `sync-observer lost ${NODE}: connection reset`,
      },
      {
        level: 30,
        event: 'stopped',
        ...counts,
        caughtUp: 1,
        msg: 'sync-observer stopped: 3 observations, 2 writes conflated, 5 missed',
      },
    ],
  );
});

test('remembers the 64 writers with the newest values', () => {
  const { observations } = observer();
  const isNew = (i: number, timestamp = 5) =>
    observations.observe(`Other${i} timestamp ${timestamp}`, 'notified') !== undefined;
  for (let i = 0; i < 64; i += 1) isNew(i);
  const again = observations.observe('Other63 timestamp 5', 'recheck');
  assert.ok(again);
  observations.logHandshake(again, NODE, TIMES);
  for (let i = 0; i < 64; i += 1) assert.ok(!isNew(i), `${i} is forgotten`);
  assert.ok(isNew(0, 6));
  assert.ok(isNew(64));
  assert.ok(!isNew(0, 5), 'the first writer wrote again, and is not the oldest');
  assert.ok(isNew(1), 'the oldest writer is forgotten');
});
