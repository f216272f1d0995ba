/** The traces of writes, from lines of services in any order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Line } from '../../monitor/live/line.ts';
import { Traces } from '../../monitor/live/traces.ts';
import type { Trace } from '../../monitor/page-state.ts';
import { WRITES_PER_WINDOW } from '../../monitor/value-watch.ts';
import { check } from '../fuzz/check.ts';

const WRITER = 'Writer';
/** Unix microseconds, at the start of a window of 100 ms. */
const START = 1_725_543_675_000_000;
/** The observer's clock is ahead by this time, in microseconds. */
const OFFSET = 5_000;

type Step = (traces: Traces) => void;

const line = (fields: Partial<Line>): Line => ({ level: 30, time: 0, service: '', ...fields });

/** Returns what services and nodes report of one write, in the order in which it happens. */
function stepsOf(seq: number, sent: number): Step[] {
  const on = (micros: number) => sent + micros + OFFSET;
  const read = { seq, node: 'b', notifiedMicros: on(300), readMicros: on(500), differenceSeconds: 0.0055 };
  const value = { name: WRITER, seq, micros: sent, timestamp: 0, text: '' };
  const done = { seq, node: 'b', sentMicros: on(600), acknowledgedMicros: on(700) };
  const arrived = { seq, observer: 'o', readMicros: on(500), arrivedMicros: sent + 900 };
  const written = { seq, node: 'a', sentMicros: sent, acknowledgedMicros: sent + 100 };
  return [
    (traces) => traces.addWrite(WRITER, line(written)),
    (traces) => traces.addVisible('b', value, sent + 200),
    (traces) => traces.addRead('o', WRITER, line(read), OFFSET),
    (traces) => traces.addHandshakeSent('o', WRITER, line(done), OFFSET),
    (traces) => traces.addHandshakeReceived('o', WRITER, line(arrived), OFFSET),
  ];
}

function traceOf(seq: number, sent: number): Trace {
  return {
    ...{ id: `${WRITER} ${seq}`, writer: WRITER, seq, sent },
    acknowledged: { at: sent + 100, node: 'a' },
    visible: { b: sent + 200 },
    observers: {
      o: {
        ...{ node: 'b', notified: sent + 300, read: sent + 500 },
        ...{ handshakeSent: sent + 600, handshakeAcknowledged: sent + 700, handshakeReceived: sent + 900 },
      },
    },
  };
}

test('one trace for each write, on the clock of the writer, independent of the order of the services', () => {
  // Two writes in each window, so that all are shown.
  const times = Array.from({ length: 5 }, (_, i) => START + i * 50_000);
  // The lines of one service arrive in order, and each service sends its own.
  const services = [[0, 4], [2, 3], [1]];
  const orders = fc.array(fc.nat(services.length - 1), { minLength: 60, maxLength: 60 });
  check([orders], (order) => {
    const traces = new Traces(() => true);
    const queues = services.map((own) =>
      times.flatMap((sent, seq) => own.flatMap((i) => stepsOf(seq, sent)[i] ?? [])),
    );
    for (const service of [...order, ...order.map((i) => (i + 1) % 3), ...order.map((i) => (i + 2) % 3)])
      queues[service]?.shift()?.(traces);
    assert.deepEqual(queues.flat(), []);
    assert.deepEqual(
      traces.all,
      times.map((sent, seq) => traceOf(seq, sent)),
    );
  });
});

test('changes contain each changed trace once, and only those that are shown', () => {
  const traces = new Traces(() => true);
  const [write, visible, ...others] = stepsOf(1, START);
  visible?.(traces);
  assert.deepEqual(traces.takeChanges(), []);
  write?.(traces);
  for (const step of others) step(traces);
  assert.deepEqual(traces.takeChanges(), [traceOf(1, START)]);
  assert.deepEqual(traces.takeChanges(), []);
  visible?.(traces);
  assert.deepEqual(traces.all, [traceOf(1, START)]);
});

test('writes that an observer did not read are conflated or missed, whichever line arrives first', () => {
  for (const lost of ['conflated', 'missed'] as const) {
    for (const readFirst of [true, false]) {
      const traces = new Traces(() => true);
      const sent = (seq: number) => START + seq * 50_000;
      const write = (seq: number) => stepsOf(seq, sent(seq))[0]?.(traces);
      const fields = lost === 'conflated' ? { conflated: 2 } : { caughtUp: true, missed: 3 };
      const read = line({ seq: 4, readMicros: sent(4) + 500, differenceSeconds: 0.0005, ...fields });
      if (readFirst) traces.addRead('o', WRITER, read, 0);
      for (const seq of [1, 2, 3, 4]) write(seq);
      if (!readFirst) traces.addRead('o', WRITER, read, 0);
      assert.deepEqual(
        traces.all.map(({ observers }) => observers.o),
        [
          undefined,
          { lost },
          { lost },
          { read: sent(4) + 500, ...(lost === 'missed' && { caughtUp: true }) },
        ],
      );
    }
  }
});

test('a writer without a service is shown by what nodes and observers report', () => {
  const traces = new Traces((writer) => writer === 'Other');
  const [, visible, read] = stepsOf(7, START);
  visible?.(traces);
  read?.(traces);
  assert.deepEqual(
    traces.all.map(({ id, sent, acknowledged }) => [id, sent, acknowledged]),
    [['Writer 7', START, undefined]],
  );
});

test('under load, the first writes of each window are shown, and memory stays bounded', () => {
  const traces = new Traces(() => true);
  const WRITES = 20_000;
  for (let seq = 0; seq < WRITES; seq += 1)
    for (const step of stepsOf(seq, START + seq * 1_000)) step(traces);
  const shown = traces.all.map(({ seq }) => seq);
  assert.equal(shown.length, 200);
  assert.ok(shown.every((seq) => seq % 100 < WRITES_PER_WINDOW));
  assert.equal(shown.at(-1), WRITES - 100 + WRITES_PER_WINDOW - 1);
  assert.equal(traces.takeChanges().length, 200);
});

test('lines without a sequence number, as of the classic format, cause no trace', () => {
  const traces = new Traces(() => false);
  traces.addWrite(WRITER, line({ sentMicros: START }));
  traces.addVisible('a', { name: 'Python01', timestamp: 1, text: 'Python01 timestamp 1' }, START);
  traces.addRead('o', 'Python01', line({ readMicros: START, differenceSeconds: 1 }), 0);
  assert.deepEqual([traces.all, traces.takeChanges()], [[], []]);
});
