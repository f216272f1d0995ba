/** Tests the writer's loop in cases that random schedules rarely reach: exact ticks, commands, and log lines. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { LostNode } from '../../common/lost-node.ts';
import { SHARED_KEY } from './node.ts';
import { pacedWriter } from './script-writer.ts';

const LOADING = 'LOADING KeyDB is loading the dataset in memory';
const NODE = '127.0.0.1:7001';
const [DEBUG, INFO, WARN] = [20, 30, 40];

/** Unix microseconds, this many milliseconds after the start. */
function micros(ms: number): number {
  return 1_725_543_675_123_456 + ms * 1_000;
}

/** Returns the text of a write this many milliseconds after the start. */
function write(seq: number, ms = 0): string {
  return `Writer seq ${seq} micros ${micros(ms)} timestamp 1725543675`;
}

/** Returns the line of a write. @param acknowledgedMs milliseconds from the start to the reply. */
function written(seq: number, ms = 0, acknowledgedMs = ms) {
  const times = { sentMicros: micros(ms), acknowledgedMicros: micros(acknowledgedMs) };
  const msg = `writer set ${SHARED_KEY}: ${write(seq, ms)}`;
  return { level: INFO, event: 'write', node: NODE, writer: 'Writer', seq, ...times, msg };
}

test('writes at once, then at the interval, without a drift', async () => {
  const { advance, counts, outcome, script, session, start } = pacedWriter();
  void start();
  await script.pass(1);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(1)}`]);
  assert.deepEqual(script.logged(), [written(1)]);
  await advance(9);
  assert.deepEqual(script.sent(), []);
  await advance(4);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(2, 13)}`]);
  await advance(6);
  assert.deepEqual(script.sent(), []);
  await advance(1);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(3, 20)}`]);
  assert.deepEqual(script.logged(), [written(2, 13), written(3, 20)]);
  assert.deepEqual(counts, { writes: 3, rejected: 0, unknown: 0, skipped: 0 });
  session.abort();
  await script.pass(1);
  assert.deepEqual(outcome, ['acknowledged', 'acknowledged', 'acknowledged', 'ended']);
});

test('without WAIT, a slow reply does not delay the next write; ends once nothing is in flight', async () => {
  const { advance, clock, history, outcome, script, session, start } = pacedWriter();
  void start();
  await script.pass(1);
  script.node.pause();
  await advance(10);
  await advance(10);
  assert.equal(script.sent().length, 3);
  session.abort();
  await advance(100);
  assert.deepEqual(outcome, ['acknowledged']);
  assert.equal(clock.timers, 0);
  script.node.resume();
  await script.pass(1);
  assert.deepEqual(outcome, ['acknowledged', 'acknowledged', 'acknowledged', 'ended']);
  assert.deepEqual(script.sent(), []);
  assert.equal(history.acknowledged?.seq, 3);
});

test('with WAIT, skips ticks until the write is confirmed', async () => {
  const { advance, counts, script, start } = pacedWriter({ WAIT_REPLICAS: '2' });
  void start();
  const confirmed = (seq: number, nodes: number, skipped: number) => ({
    level: nodes < 2 ? WARN : INFO,
    event: 'confirmed',
    node: NODE,
    seq,
    nodes,
    skipped,
    msg: `writer had seq ${seq} confirmed by ${nodes} of 2 other nodes`,
  });
  await script.pass(1);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(1)}`, 'WAIT 2 50']);
  assert.deepEqual(script.logged(), [written(1), confirmed(1, 2, 0)]);
  script.peers[1]?.pause();
  await advance(10);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(2, 10)}`, 'WAIT 2 50']);
  await advance(10);
  await advance(10);
  assert.deepEqual(script.sent(), []);
  assert.deepEqual(script.logged(), [written(2, 10)]);
  await script.pass(50);
  assert.deepEqual(script.logged(), [confirmed(2, 1, 2)]);
  await advance(10);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(3, 40)}`, 'WAIT 2 50']);
  assert.deepEqual(counts, { writes: 3, rejected: 0, unknown: 0, skipped: 2 });
});

test('a rejected write ends the session', async () => {
  const { advance, counts, history, outcome, script, session, start } = pacedWriter();
  script.reject(0);
  void start();
  await script.pass(1);
  assert.ok(session.signal.reason instanceof LostNode);
  assert.equal(session.signal.reason.message, LOADING);
  const msg = `writer write to ${SHARED_KEY} was rejected: ${write(1)}`;
  assert.deepEqual(script.logged(), [
    { level: DEBUG, event: 'write-failed', node: NODE, seq: 1, refused: true, reason: LOADING, msg },
  ]);
  assert.deepEqual(counts, { writes: 0, rejected: 1, unknown: 0, skipped: 0 });
  assert.deepEqual([history.hasInFlight, history.acknowledged], [false, undefined]);
  await advance(100);
  assert.deepEqual(outcome, ['ended']);
  assert.equal(script.sent().length, 1);
});

test('a write without a reply has an unknown outcome', async () => {
  const { counts, outcome, script, session, start } = pacedWriter({ WAIT_REPLICAS: '1' });
  script.node.pause();
  void start();
  await script.pass(1);
  script.close();
  await script.pass(1);
  assert.equal(session.signal.reason.message, 'Connection is closed.');
  const reason = 'Connection is closed.';
  const msg = `writer write to ${SHARED_KEY} has an unknown outcome: ${write(1)}`;
  assert.deepEqual(script.logged(), [
    { level: DEBUG, event: 'write-failed', node: NODE, seq: 1, refused: false, reason, msg },
  ]);
  assert.deepEqual(counts, { writes: 0, rejected: 0, unknown: 1, skipped: 0 });
  assert.deepEqual(outcome, ['ended']);
});

test('a rejected WAIT ends the session, but the write is acknowledged', async () => {
  const { counts, outcome, script, session, start } = pacedWriter({ WAIT_REPLICAS: '1' });
  script.reject(1);
  void start();
  await script.pass(1);
  assert.ok(session.signal.reason instanceof LostNode);
  assert.equal(session.signal.reason.message, LOADING);
  assert.deepEqual(script.logged(), [written(1)]);
  assert.deepEqual(counts, { writes: 1, rejected: 0, unknown: 0, skipped: 0 });
  assert.deepEqual(outcome, ['acknowledged', 'ended']);
});

test('catches up on a delay of 1,000 ms', async () => {
  const { advance, script, start } = pacedWriter({ WRITE_INTERVAL_MS: '100' });
  void start();
  await script.pass(1);
  await advance(1_100);
  assert.equal(script.sent().length, 12);
  await advance(99);
  assert.equal(script.sent().length, 0);
  await advance(1);
  assert.equal(script.sent().length, 1);
});

test('does not catch up on a longer delay', async () => {
  const { advance, script, start } = pacedWriter({ WRITE_INTERVAL_MS: '100' });
  void start();
  await script.pass(1);
  await advance(1_101);
  assert.equal(script.sent().length, 2);
  await advance(198);
  assert.equal(script.sent().length, 0);
  await advance(1);
  assert.equal(script.sent().length, 1);
});

test('writes at once on request, and stays on time', async () => {
  const { advance, interval, session, script, start } = pacedWriter({ WRITE_INTERVAL_MS: '1000' });
  interval.writeNow();
  const ended = start();
  await advance(0);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(1)}`], 'a request before the start is dropped');
  await advance(300);
  interval.writeNow();
  await advance(0);
  assert.deepEqual(script.sent(), [`SET ${SHARED_KEY} ${write(2, 300)}`]);
  await advance(699);
  assert.deepEqual(script.sent(), []);
  await advance(1);
  assert.deepEqual(script.sent().length, 1, 'one interval after the first write');
  assert.equal(getEventListeners(interval.interrupted, 'abort').length, 1);
  interval.writeNow();
  session.abort();
  await ended;
  assert.deepEqual(script.sent(), [], 'a session that ends does not write');
  assert.equal(getEventListeners(interval.interrupted, 'abort').length, 0);
});

test('with WAIT, a request during a confirmation is skipped', async () => {
  const { advance, counts, interval, script, start } = pacedWriter({ WAIT_REPLICAS: '2' });
  script.peers[1]?.pause();
  void start();
  await script.pass(1);
  interval.writeNow();
  await advance(0);
  assert.equal(script.sent().length, 2);
  assert.equal(counts.skipped, 1);
});

test('a new interval applies to the current wait', async () => {
  const { advance, counts, interval, session, start } = pacedWriter({ WRITE_INTERVAL_MS: '3600000' });
  const ended = start();
  await advance(10_000);
  assert.equal(counts.writes, 1);
  interval.use('12');
  await advance(1_999);
  assert.equal(counts.writes, 1);
  await advance(1);
  assert.equal(counts.writes, 2, 'due 12 seconds after the first write');
  interval.use('60');
  await advance(59_999);
  assert.equal(counts.writes, 2);
  await advance(1);
  assert.equal(counts.writes, 3);
  await advance(30_000);
  interval.use('7');
  await advance(0);
  assert.equal(counts.writes, 4, 'a write that is overdue is sent at once, and only one');
  assert.equal(getEventListeners(interval.interrupted, 'abort').length, 1);
  session.abort();
  await ended;
  assert.equal(getEventListeners(interval.interrupted, 'abort').length, 0);
});
