/** Tests the observations after the last heal and the longest gap: exact figures, on synthetic histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestGap, resumed } from '../../lab/faults/checks/resuming.ts';
import type { History } from '../../lab/faults/history.ts';
import { but } from './check-cases.ts';
import { at, B, C, incident, nodeKilled, seen, write } from './synthetic.ts';

const killed = nodeKilled();
const SYNC = 'sync-observer';
const [window] = killed.windows;
assert.ok(window);
const until = (seconds: number) => (history: History) => ({
  observations: history.observations.filter((one) => one.observer !== SYNC || one.at < at(seconds)),
});

test('resumed: the first observation of a write made after the last heal, in microseconds since the heal', () => {
  // A write at the time of the heal is new.
  assert.deepEqual(resumed(killed, SYNC), { verdict: 'resumed', tookMicros: 2_000, text: `seq 80 on ${B}` });
  const later = { ...window, injectedAt: at(9), healedAt: at(9.95) };
  const twice = { ...killed, windows: [later, window] };
  assert.deepEqual(resumed(twice, SYNC), { verdict: 'resumed', tookMicros: 52_000, text: `seq 100 on ${B}` });
});

test('resumed: an old write that is read after the heal does not count', () => {
  const old = but(but(killed, until(8)), ({ observations }) => ({
    observations: [...observations, seen(SYNC, 8.5, B, 79)],
  }));
  assert.equal(resumed(old, SYNC).verdict, 'silent');
});

test('silent: acknowledged writes from the heal until the limit before the end, none observed', () => {
  const silent = but(killed, until(8));
  assert.deepEqual(resumed(silent, SYNC), {
    verdict: 'silent',
    text: 'sync-observer observed none of 41 writes after the last heal at 8.00 s, from seq 80 on',
  });
  // The record ends 2 s after seq 100: that write still counts, the next one does not.
  const short = { ...silent, endedAt: at(12) };
  assert.match(resumed(short, SYNC).text, /none of 21 writes/);
  const longer = { ...short, settings: { ...short.settings, NODE_TIMEOUT_MS: 1500 } };
  assert.match(resumed(longer, SYNC).text, /none of 11 writes/);
  const rejected = {
    ...short,
    writes: short.writes.map((one) =>
      one.seq > 85 ? { ...one, outcome: one.seq % 2 ? ('rejected' as const) : ('unknown' as const) } : one,
    ),
  };
  assert.match(resumed(rejected, SYNC).text, /none of 6 writes/);
});

test('unknown: too few writes after the heal', () => {
  const early = { ...but(killed, until(8)), endedAt: at(9.9) };
  assert.deepEqual(resumed(early, SYNC), {
    verdict: 'unknown',
    text: 'sync-observer: too few writes after the last heal at 8.00 s',
  });
});

test('not applicable: the observer was killed and not restarted', () => {
  const ended = but(but(killed, until(8)), ({ incidents }) => ({
    incidents: [...incidents, incident(SYNC, 7.9, 'killed')],
  }));
  assert.deepEqual(resumed(ended, SYNC), {
    verdict: 'not applicable',
    text: 'sync-observer was not restarted',
  });
});

/** Returns the longest gap in seconds. */
const gap = (history: History, observer = SYNC) => {
  const micros = longestGap(history, observer);
  return micros === undefined ? undefined : micros / 1e6;
};
const only = (writes: number[], observations: [seconds: number, seq: number][]): History => ({
  ...killed,
  writes: writes.map((seconds, i) => write(i + 1, seconds, B)),
  observations: observations.map(([seconds, seq]) => seen(SYNC, seconds, B, seq)),
});

test('longest gap: from the first unobserved write to the next observation before a crash', () => {
  assert.equal(
    gap(
      only(
        [1, 2, 3],
        [
          [1.5, 1],
          [3.5, 3],
        ],
      ),
    ),
    1.5,
    'the wait starts with the write, not the read',
  );
  assert.equal(
    gap(
      only(
        [1, 2, 3, 6],
        [
          [1.5, 1],
          [3.5, 3],
          [6.1, 4],
        ],
      ),
    ),
    1.5,
    'time without writes is not a gap',
  );
  assert.equal(
    gap(
      only(
        [1, 2, 6, 9],
        [
          [1.5, 1],
          [2.5, 2],
          [6.1, 3],
          [9.9, 4],
        ],
      ),
    ),
    0.9,
    'the longest one counts',
  );
  assert.equal(
    gap(
      only(
        [3, 1, 2],
        [
          [3.5, 3],
          [1.5, 1],
        ],
      ),
    ),
    1.5,
    'sorted by time, independent of the log order',
  );
  assert.equal(
    gap(
      only(
        [1, 2],
        [
          [2, 1],
          [2.5, 2],
        ],
      ),
    ),
    undefined,
    'a write at the time of a read is not after it',
  );
});

test('longest gap: none without two observations, or without a write between them', () => {
  assert.equal(gap(only([1, 2], [[1.5, 1]])), undefined);
  assert.equal(gap(only([1, 2], [])), undefined);
  assert.equal(
    gap(
      only(
        [1],
        [
          [1.5, 1],
          [3.5, 1],
        ],
      ),
    ),
    undefined,
  );
  assert.equal(
    gap(
      only(
        [1, 2, 3],
        [
          [1.5, 1],
          [3.5, 3],
        ],
      ),
      'async-observer',
    ),
    undefined,
    'another observer',
  );
});

test('longest gap: down time does not count', () => {
  const history = only(
    [1, 2, 3, 5],
    [
      [1.5, 1],
      [3.5, 3],
      [5.2, 4],
    ],
  );
  const crashed = (seconds: number, service = SYNC) => ({
    ...history,
    incidents: [incident(service, seconds, 'killed'), incident(service, seconds + 0.1, 'started')],
  });
  assert.equal(gap(crashed(2.5)), 0.2);
  assert.equal(gap(crashed(1.5)), 0.2, 'at the time of its last observation');
  assert.equal(gap(crashed(3.5)), undefined, 'at the time of an observation: a crash interrupts both gaps');
  assert.equal(gap(crashed(1.4)), 1.5, 'before');
  assert.equal(gap(crashed(3.6)), 1.5, 'afterwards');
  assert.equal(gap(crashed(2.5, C)), 1.5, 'a node');
});
