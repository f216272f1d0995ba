/** Tests the recorder of log lines and the random sequences, without processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS } from '../../lab/faults/faults/index.ts';
import { randomSteps } from '../../lab/faults/plan.ts';
import { Recorder } from '../../lab/faults/services/recorder.ts';

const NODE = '127.0.0.1:7001';
const MINUTE_MS = 60_000;

function lines(recorder: Recorder, service: string, ...events: Record<string, unknown>[]): void {
  for (const event of events) recorder.line(service, JSON.stringify({ level: 30, node: NODE, ...event }));
}

test('records the outcome of each write: acknowledged, rejected, or unknown', () => {
  const recorder = new Recorder(() => {});
  const time = Date.now();
  const value = (seq: number) => `shared_key: Writer seq ${seq} micros ${time * 1000 + seq} timestamp 1`;
  lines(
    recorder,
    'writer',
    { time, event: 'write', seq: 1, msg: `writer set ${value(1)}` },
    { time, event: 'confirmed', seq: 1, nodes: 2, msg: 'writer had seq 1 confirmed' },
    {
      time,
      event: 'write-failed',
      seq: 2,
      refused: true,
      msg: `writer write to ${value(2).replace(': ', ' was rejected: ')}`,
    },
    {
      time,
      event: 'write-failed',
      seq: 3,
      refused: false,
      msg: `writer write to ${value(3).replace(': ', ' has an unknown outcome: ')}`,
    },
  );
  assert.deepEqual(
    recorder.writes.map(({ seq, micros, outcome, confirmed, acknowledgedAt }) => [
      seq,
      micros - time * 1000,
      outcome,
      confirmed,
      acknowledgedAt,
    ]),
    [
      [1, 1, 'acknowledged', 2, time * 1000],
      [2, 2, 'rejected', undefined, undefined],
      [3, 3, 'unknown', undefined, undefined],
    ],
  );
});

test('returns the node of a connected service, and none after the loss', () => {
  const recorder = new Recorder(() => {});
  lines(recorder, 'writer', { time: Date.now(), event: 'connected', msg: 'writer connected' });
  assert.equal(recorder.nodeOf('writer'), NODE);
  lines(recorder, 'writer', { time: Date.now(), event: 'lost', msg: 'writer lost' });
  assert.equal(recorder.nodeOf('writer'), undefined);
  lines(recorder, 'sync-observer', { time: Date.now(), event: 'write-node', msg: 'sends its handshakes' });
  assert.equal(recorder.nodeOf('sync-observer'), undefined, 'the node of its handshakes is not its own');
  recorder.line('writer', 'no JSON at all');
  assert.deepEqual(
    recorder.incidents.map(({ kind }) => kind),
    ['connected', 'lost', 'write-node', 'warning'],
  );
});

test('corrects the times of a service with a wrong clock', () => {
  const recorder = new Recorder(() => {}, MINUTE_MS);
  const time = Date.now();
  const micros = (time + MINUTE_MS) * 1000;
  const msg = `writer set shared_key: Writer seq 1 micros ${micros} timestamp 1`;
  lines(recorder, 'writer', { time: time + MINUTE_MS, event: 'write', seq: 1, msg });
  lines(recorder, 'sync-observer', { time, event: 'read', seq: 1, conflated: 4, msg: 'read' });
  assert.equal(recorder.writes[0]?.micros, micros, 'the timestamp in the value is unchanged');
  assert.equal(recorder.writes[0]?.at, time * 1000);
  assert.equal(recorder.observations[0]?.at, time * 1000);
  assert.equal(recorder.observations[0]?.conflated, 4);
});

test('corrects a timestamp later than its log line, but not one long before it', () => {
  const recorder = new Recorder(() => {}, MINUTE_MS);
  const time = Date.now();
  const write = (seq: number, ms: number) => {
    const msg = `writer set shared_key: Writer seq ${seq} micros ${(time + ms) * 1000} timestamp 1`;
    lines(recorder, 'writer', { time, event: 'write', seq, msg });
  };
  write(1, 1000);
  write(2, 3);
  write(3, -30_000);
  assert.deepEqual(
    recorder.writes.map(({ at }) => at),
    [time * 1000, undefined, undefined],
  );
});

test('records estimates of clock offsets only if the fault sets a clock', () => {
  const msg = 'writer compared clocks with sync-observer';
  const kinds = [0, MINUTE_MS].map((skewMs) => {
    const recorder = new Recorder(() => {}, skewMs);
    lines(recorder, 'writer', { time: Date.now(), event: 'clock-offset', msg });
    return recorder.incidents.map(({ kind, text }) => [kind, text]);
  });
  assert.deepEqual(kinds, [[], [['clock-offset', msg]]]);
});

test('the same seed gives the same faults, durations, and targets; another seed gives others', () => {
  const steps = (seed: number) =>
    randomSteps(FAULTS, 20, seed).map(({ fault, seconds, dice }) => [fault.name, seconds, dice()]);
  assert.deepEqual(steps(5), steps(5));
  assert.notDeepEqual(steps(5), steps(6));
  assert.ok(steps(5).every(([, seconds]) => Number(seconds) >= 1 && Number(seconds) <= 3));
});
