import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseValue, type Value } from '../../common/value.ts';
import { History } from '../../writer/history.ts';
import { ManualClock } from '../helpers/clock.ts';

const NOW = 1_725_543_675_123_456;
/** Highest number on a node from which a writer still continues. */
const HIGHEST = (Number.MAX_SAFE_INTEGER - 1) / 2;

function value(text: string): Value {
  const parsed = parseValue(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

function writer() {
  const clock = new ManualClock(NOW);
  return { clock, history: new History('writer', clock) };
}

test('numbers the writes from 1, with the time of the clock', () => {
  const { clock, history } = writer();
  assert.equal(history.next().text, `Writer seq 1 micros ${NOW} timestamp 1725543675`);
  clock.unixMicros += 2_000_001;
  assert.deepEqual(history.next(), {
    name: 'Writer',
    seq: 2,
    micros: NOW + 2_000_001,
    timestamp: 1_725_543_677,
    text: `Writer seq 2 micros ${NOW + 2_000_001} timestamp 1725543677`,
  });
});

test('micros increase strictly, even if the clock stands still or is set back', () => {
  const { clock, history } = writer();
  history.next();
  assert.equal(history.next().micros, NOW + 1);
  clock.unixMicros -= 3_600_000_000;
  assert.equal(history.next().micros, NOW + 2);
  clock.unixMicros = NOW + 3;
  assert.equal(history.next().micros, NOW + 3);
});

test('continues from the highest seq and micros that earlier runs left', () => {
  const { history } = writer();
  assert.equal(history.started, false);
  history.start([
    value(`Writer seq 7 micros ${NOW + 50} timestamp 5`),
    value('Writer seq 9 timestamp 5'),
    value(`Writer micros ${NOW + 60} timestamp 5`),
  ]);
  assert.equal(history.started, true);
  const { seq, micros } = history.next();
  assert.deepEqual({ seq, micros }, { seq: 10, micros: NOW + 61 });
});

test('classic: writes name and whole second, and a handshake names this second', () => {
  const clock = new ManualClock(NOW);
  const history = new History('python01', clock, 'classic');
  history.start([]);
  const first = history.next();
  assert.deepEqual(first, {
    name: 'Python01',
    timestamp: 1_725_543_675,
    text: 'Python01 timestamp 1725543675',
  });
  assert.deepEqual(history.idOf(first), ['timestamp', 1_725_543_675]);
  clock.monotonicMs += 100;
  assert.equal(history.next().text, first.text, 'a second write in the same second has the same value');
  assert.equal(
    history.sentAt(first.timestamp),
    clock.monotonicMs - 100,
    'the first write of a second counts',
  );
  assert.equal(history.sentAt(1), undefined, 'classic writes have no number');
});

test('classic: a run continues after the second of the last write, also within that second', () => {
  const history = new History('writer', new ManualClock(NOW), 'classic');
  history.start([value('Writer timestamp 1725543675'), value('Writer timestamp 1725543600')]);
  assert.equal(history.next().text, 'Writer timestamp 1725543676');
});

test('starts from 1 if no earlier run left a value', () => {
  const { history } = writer();
  history.start([]);
  assert.equal(history.next().seq, 1);
});

test('ignores numbers that would leave no number for the next write', () => {
  const { history } = writer();
  history.start([value(`Writer seq ${HIGHEST} micros ${HIGHEST} timestamp 5`)]);
  const next = history.next();
  assert.deepEqual([next.seq, next.micros], [HIGHEST + 1, HIGHEST + 1]);
  const other = writer().history;
  other.start([
    value(`Writer seq ${HIGHEST + 1} micros ${HIGHEST + 1} timestamp 5`),
    value('Writer seq 4 timestamp 5'),
  ]);
  assert.deepEqual([other.next().seq, other.next().micros], [5, NOW + 1]);
});

test('remembers when each of its own writes was sent, on the monotonic clock', () => {
  const { clock, history } = writer();
  const start = clock.monotonicMs;
  history.next();
  clock.monotonicMs += 10_000;
  clock.unixMicros -= 3_600_000_000;
  history.next();
  clock.monotonicMs += 3.125;
  assert.equal(history.sentAt(1), start);
  assert.equal(history.sentAt(2), start + 10_000);
  assert.equal(history.sentAt(3), undefined);
});

test('forgets when the oldest of more than 10,000 writes was sent', () => {
  const { clock, history } = writer();
  for (let seq = 1; seq <= 10_000; seq += 1) history.next();
  assert.equal(history.sentAt(1), clock.monotonicMs);
  history.next();
  assert.deepEqual([history.sentAt(1), history.sentAt(2)], [undefined, clock.monotonicMs]);
});

test('remembers the newest acknowledged write, in any order of the replies', () => {
  const { history } = writer();
  assert.equal(history.acknowledged, undefined);
  const [first, second, third] = [history.next(), history.next(), history.next()];
  history.acknowledge(first);
  assert.equal(history.acknowledged, first);
  history.acknowledge(third);
  assert.equal(history.acknowledged, third);
  history.acknowledge(second);
  assert.equal(history.acknowledged, third);
});

test('a write is in flight until a node acknowledges it or it fails', () => {
  const { history } = writer();
  assert.equal(history.hasInFlight, false);
  const [first, second] = [history.next(), history.next()];
  assert.equal(history.hasInFlight, true);
  history.acknowledge(first);
  assert.equal(history.hasInFlight, true);
  history.fail(second);
  assert.equal(history.hasInFlight, false);
  assert.equal(history.acknowledged, first);
});

test('rejects a service name that would make every value malformed', () => {
  assert.throws(
    () => new History('a seq', new ManualClock()).next(),
    /^Error: the writer created a malformed value: seq is not a whole number/,
  );
});
