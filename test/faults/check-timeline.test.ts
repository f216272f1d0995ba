/** Tests when services ran, their nodes, and the formats of times and numbers, on synthetic histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as timeline from '../../lab/faults/checks/timeline.ts';
import type { History } from '../../lab/faults/history.ts';
import { A, at, B, C, incident, nodeKilled, seen, write } from './synthetic.ts';

const SYNC = 'sync-observer';
const withIncidents = (...incidents: History['incidents']): History => ({ ...nodeKilled(), incidents });

test('a write was made when it was sent; without that time, at its timestamp', () => {
  assert.equal(timeline.writtenAt(write(1, 2, A)), at(2));
  assert.equal(timeline.writtenAt({ ...write(1, 2, A), at: at(3) }), at(3));
});

test('the writer is the first service that is neither an observer nor a node', () => {
  const others = [incident(SYNC, 0, 'started'), incident(A, 0, 'started')];
  assert.equal(timeline.writerOf(withIncidents(...others)), 'writer');
  assert.equal(timeline.writerOf(withIncidents(...others, incident('python', 1, 'started'))), 'python');
});

test('down times: sorted by time, each until the next start of the same service', () => {
  const history = withIncidents(
    incident(SYNC, 9, 'exited'),
    incident(SYNC, 5, 'stopped'),
    incident(SYNC, 1, 'killed'),
    incident(SYNC, 1, 'started'),
    incident('async-observer', 2, 'started'),
    incident(SYNC, 2, 'connected', A),
    incident(SYNC, 6, 'started'),
    incident(SYNC, 3, 'started'),
    incident('async-observer', 8, 'killed'),
  );
  const [killed, stopped, exited] = [
    { kind: 'killed', at: at(1), until: at(3) },
    { kind: 'stopped', at: at(5), until: at(6) },
    { kind: 'exited', at: at(9), until: Number.POSITIVE_INFINITY },
  ];
  assert.deepEqual(timeline.downTimesOf(history, SYNC), [killed, stopped, exited]);
  assert.deepEqual(timeline.crashesOf(history, SYNC), [killed, exited]);
});

test('killed for good: killed and not restarted; a stop or an exit is not a kill', () => {
  const ended = (...kinds: History['incidents'][number]['kind'][]) =>
    timeline.neverRestarted(withIncidents(...kinds.map((kind, i) => incident(SYNC, i, kind))), SYNC);
  assert.deepEqual(
    [ended('killed'), ended('killed', 'started'), ended('killed', 'started', 'killed')],
    [true, false, true],
  );
  assert.deepEqual([ended(), ended('stopped'), ended('exited')], [false, false, false]);
});

test('the node of an observer: from its newest connection or read before the time', () => {
  const history = {
    ...withIncidents(
      incident(SYNC, 1, 'connected', A),
      incident('async-observer', 1.5, 'connected', C),
      incident(SYNC, 4, 'connected', C),
      incident(SYNC, 4.5, 'lost', C),
      incident(SYNC, 5, 'connected'),
      incident(SYNC, 5.5, 'connected', C),
    ),
    observations: [seen(SYNC, 2, B, 1), seen('async-observer', 3, C, 1), seen(SYNC, 4, B, 2)],
  };
  const nodeAt = (seconds: number) => timeline.nodeOf(history, SYNC, at(seconds));
  assert.deepEqual([0.9, 1, 1.9, 2, 3.9].map(nodeAt), [undefined, A, A, B, B]);
  assert.equal(nodeAt(4), B, 'a read at the time of the connection takes precedence');
  assert.equal(nodeAt(5.5), C);
  assert.equal(nodeAt(5.4), B, 'a connection without a node does not count');
});

test('nodes are isolated from the injection until the heal, unless one partition contains both', () => {
  const [window] = nodeKilled().windows;
  assert.ok(window);
  const split = { ...window, injectedAt: at(5), healedAt: at(8), parts: [[A, B], [C]] };
  const isolated = (one: string, other: string, seconds: number, windows = [split]) =>
    timeline.isolated(windows, one, other, at(seconds));
  assert.deepEqual(
    [4.99, 5, 6, 8, 8.01].map((seconds) => isolated(A, C, seconds)),
    [false, true, true, true, false],
  );
  assert.deepEqual([isolated(A, B, 6), isolated(B, C, 6), isolated(C, B, 6)], [false, true, true]);
  assert.equal(timeline.isolated([window], A, C, at(6)), false, 'a window without partitions');
  assert.equal(timeline.isolated([window, split], A, C, at(6)), true, 'any window counts');
  assert.equal(timeline.isolated([], A, C, at(6)), false);
});

test('formats times and numbers', () => {
  assert.equal(timeline.clock(nodeKilled(), at(12.345)), '12.35 s');
  assert.equal(timeline.seconds(1_234_000), '1.23');
  assert.equal(timeline.rangeOf([1_000_000, 1_001_000]), '1.00');
  assert.equal(timeline.rangeOf([1_300_000, 120_000, 500_000]), '0.12 to 1.30');
  assert.deepEqual(
    [0, 1, 2, 1234].map((count) => timeline.plural(count, 'write')),
    ['0 writes', '1 write', '2 writes', '1,234 writes'],
  );
});

test('lists the first five of many names, and the number of the others', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);
  assert.equal(timeline.few([]), '');
  assert.equal(timeline.few(names(5)), '0, 1, 2, 3, 4');
  assert.equal(timeline.few(names(6)), '0, 1, 2, 3, 4 and 1 more');
  assert.equal(timeline.few(names(1239)), '0, 1, 2, 3, 4 and 1,234 more');
});
