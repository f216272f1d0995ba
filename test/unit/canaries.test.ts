/** Counts of canaries, with a clock that the tests move. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Canaries } from '../../monitor/canaries.ts';
import type { Pair } from '../../monitor/mesh-state.ts';
import { ManualClock } from '../helpers/clock.ts';

const DEADLINE_MS = 5_000;
const GRACE_MS = 500;

function scene() {
  const clock = new ManualClock();
  const events: string[] = [];
  const name = ({ from, to }: Pair) => `${from}-${to}`;
  const canaries = new Canaries(
    DEADLINE_MS,
    {
      onReceived: (pair, seconds) => events.push(`${name(pair)} ${seconds}`),
      onLost: (pair) => events.push(`${name(pair)} lost`),
    },
    clock,
  );
  for (const from of ['a', 'b'])
    canaries.add(
      from,
      ['a', 'b', 'c'].filter((to) => to !== from),
    );
  const pair = (from: string, to: string) => canaries.pairs.find((one) => one.from === from && one.to === to);
  const passDeadline = () => {
    clock.advance(DEADLINE_MS);
    clock.advance(GRACE_MS);
  };
  /** Starts a canary on `a`, which acknowledges it. */
  const send = (...to: string[]) => {
    const id = canaries.start('a', to);
    assert.ok(id !== undefined);
    canaries.written('a', id, true);
    return id;
  };
  return { clock, events, canaries, pair, send, passDeadline };
}

test('a canary is received by each node at its own time', () => {
  const { clock, canaries, events, send } = scene();
  const sentAt = clock.now();
  const id = send('b', 'c');
  canaries.announced('a', 'c', id, sentAt + 2);
  canaries.announced('a', 'b', id, sentAt + 5);
  canaries.announced('a', 'b', id, sentAt + 6);
  assert.deepEqual(events, ['a-c 0.002', 'a-b 0.005']);
  assert.equal(clock.timers, 0);
});

test('all pairs start with 0, also if a node is added again', () => {
  const { canaries, send, passDeadline } = scene();
  const counts = () => canaries.pairs.map(({ from, to, received, lost }) => [from, to, received, lost]);
  const none = [
    ['a', 'b', 0, 0],
    ['a', 'c', 0, 0],
    ['b', 'a', 0, 0],
    ['b', 'c', 0, 0],
  ];
  assert.deepEqual(counts(), none);
  send('b');
  passDeadline();
  canaries.add('a', ['b', 'c']);
  assert.deepEqual(counts()[0], ['a', 'b', 0, 1]);
});

test('one canary of a node is in flight until it is acknowledged and announced', () => {
  const { clock, canaries } = scene();
  const id = canaries.start('a', ['b']) ?? 0;
  assert.equal(canaries.start('a', ['b']), undefined);
  canaries.announced('a', 'b', id, clock.now());
  assert.equal(canaries.start('a', ['b']), undefined);
  canaries.written('a', id, true);
  assert.equal(canaries.start('b', ['a']), id + 1);
  assert.equal(canaries.start('a', ['b']), id + 2);
});

test('a late canary is lost, and never counts as the next one', () => {
  const { clock, canaries, events, send, passDeadline } = scene();
  const late = send('b', 'c');
  canaries.announced('a', 'c', late, clock.now());
  passDeadline();
  const next = send('b', 'c');
  canaries.announced('a', 'b', late, clock.now());
  assert.deepEqual(events, ['a-c 0', 'a-b lost']);
  canaries.announced('a', 'b', next, clock.now() + 1);
  assert.deepEqual(events.slice(2), ['a-b 0.001']);
});

test('if the monitor itself was not scheduled for long, a canary that has arrived is not lost', () => {
  const { clock, canaries, events, send } = scene();
  const id = send('b');
  const arrivedAt = clock.now() + 2;
  clock.advance(60_000);
  canaries.announced('a', 'b', id, arrivedAt);
  assert.deepEqual(events, ['a-b 0.002']);
  assert.equal(clock.timers, 0);
});

test('a canary of an earlier process does not count', () => {
  const { clock, canaries, events, send } = scene();
  const id = send('b');
  canaries.announced('a', 'b', id - 1, clock.now());
  canaries.announced('a', 'b', Number.NaN, clock.now());
  assert.deepEqual(events, []);
});

test('if the monitor loses a node, canaries from it and to it have an unknown outcome', () => {
  const { clock, canaries, events, send, passDeadline } = scene();
  send('b', 'c');
  canaries.forget('c');
  passDeadline();
  assert.deepEqual(events, ['a-b lost']);
  send('b', 'c');
  canaries.forget('a');
  passDeadline();
  assert.deepEqual(events, ['a-b lost']);
  assert.equal(clock.timers, 0);
});

test('a rejected canary is on no node, so it is not lost', () => {
  const { canaries, events, passDeadline } = scene();
  const id = canaries.start('a', ['b', 'c']) ?? 0;
  canaries.written('a', id, false);
  passDeadline();
  assert.deepEqual(events, []);
  assert.deepEqual(canaries.writes[0], { from: 'a', acknowledged: 0, rejected: 1 });
  assert.ok(canaries.start('a', ['b']));
});

test('jitter is the smoothed difference of latencies, as in RFC 3550', () => {
  const { clock, canaries, pair, send } = scene();
  let expected = 0;
  let before: number | undefined;
  for (const latency of [10, 10, 26, 10, 42]) {
    const at = clock.now() + latency;
    canaries.announced('a', 'b', send('b'), at);
    if (before !== undefined) expected += (Math.abs(latency - before) / 1000 - expected) / 16;
    before = latency;
    const { jitterSeconds = 0 } = pair('a', 'b') ?? {};
    assert.ok(Math.abs(jitterSeconds - expected) < 1e-12, `${jitterSeconds} is not ${expected}`);
  }
  assert.ok(expected > 0);
});

test('keeps nothing of a canary that has ended', () => {
  const { clock, canaries, send } = scene();
  const size = () => JSON.stringify([canaries.pairs, canaries.writes]).length;
  for (let i = 0; i < 1_000; i += 1) canaries.announced('a', 'b', send('b'), clock.now());
  const before = size();
  for (let i = 0; i < 8_000; i += 1) canaries.announced('a', 'b', send('b'), clock.now());
  assert.equal(size(), before);
  assert.equal(clock.timers, 0);
});
