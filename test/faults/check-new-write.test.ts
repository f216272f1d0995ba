/** Tests one fault and one observer: exact results at each limit, on synthetic histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNewWrite, firstNew } from '../../lab/faults/checks/new-write.ts';
import type { FaultWindow, History } from '../../lab/faults/history.ts';
import { but } from './check-cases.ts';
import { A, at, B, C, incident, nodeKilled, seen, split, write } from './synthetic.ts';

const SYNC = 'sync-observer';
const killed = nodeKilled();
const [window] = killed.windows as [FaultWindow];
/** The loss is visible at 5.01 s. From then on, the sync-observer reads only the given writes. */
const blind = (...reads: [seconds: number, seq: number][]): History =>
  but(killed, ({ observations }) => ({
    observations: [
      ...observations.filter((one) => one.observer !== SYNC || one.at < at(5)),
      ...reads.map(([seconds, seq]) => seen(SYNC, seconds, B, seq)),
    ],
  }));
const check = (history: History) => checkNewWrite(history, window, SYNC);
const verdict = (history: History) => check(history).verdict;
const withIncidents = (history: History, ...incidents: History['incidents']): History => ({
  ...history,
  incidents: [...history.incidents, ...incidents],
});
const what = '5.01 s node-killed, sync-observer';
const twenty = `${what}: 20 writes from seq 51 on (${B}) within 2 s of 5.01 s, none observed in time`;

test('seen: a new write until the limit, in microseconds since the loss was visible', () => {
  assert.deepEqual(check(killed), { verdict: 'seen', tookMicros: 392_000, text: `seq 51 on ${B}` });
  assert.deepEqual(check(blind([7.01, 60])), {
    verdict: 'seen',
    tookMicros: 2_000_000,
    text: `seq 60 on ${B}`,
  });
});

test('late: with the first read after the limit, or none', () => {
  assert.deepEqual(check(blind([7.010001, 60])), {
    verdict: 'late',
    tookMicros: 2_000_001,
    text: `${twenty}; the first was seq 60 on ${B} after 2.00 s`,
  });
  assert.deepEqual(check(blind()), { verdict: 'late', text: `${twenty} or later` });
  const slow = { ...blind(), settings: { ...killed.settings, NODE_TIMEOUT_MS: 1_500 } };
  assert.match(check(slow).text, /: 30 writes from seq 51 on .* within 3 s of 5\.01 s, none/);
});

test('late: only acknowledged writes from the loss until the limit count', () => {
  const writes = [
    write(1, 5.009999, A),
    write(2, 5.01, C),
    write(3, 6, B, 'rejected'),
    write(4, 6.1, B, 'unknown'),
    write(5, 7.01, B),
    write(6, 7.010001, B),
  ];
  assert.match(check({ ...blind(), writes }).text, /: 2 writes from seq 2 on \(10\.0\.0\.3:7001\) within/);
});

test('unknown: the record ends before the limit', () => {
  assert.deepEqual(check({ ...blind(), endedAt: at(7.009999) }), {
    verdict: 'unknown',
    text: `${what}: the record ends within 2 s of 5.01 s`,
  });
  assert.equal(verdict({ ...blind(), endedAt: at(7.01) }), 'late');
});

test('not applicable: the next fault starts between the loss and the limit', () => {
  const next = (seconds: number) => {
    const history = blind();
    return check({ ...history, windows: [window, { ...window, injectedAt: at(seconds) }] });
  };
  assert.deepEqual(next(5.010001), { verdict: 'not applicable', text: 'the next fault started within 2 s' });
  assert.deepEqual(
    [5.01, 7.009999, 7.01].map((seconds) => next(seconds).verdict),
    ['late', 'not applicable', 'late'],
  );
});

test('no write: the failure of the writer, unless its interval is more than half of the limit', () => {
  const silent = (WRITE_INTERVAL_MS: number) =>
    check({ ...blind(), writes: [], settings: { ...killed.settings, WRITE_INTERVAL_MS } });
  assert.deepEqual(silent(1_000), {
    verdict: 'late',
    text: `${what}: no write was acknowledged within 2 s of 5.01 s, although the writer was not killed`,
  });
  assert.deepEqual(silent(1_001), {
    verdict: 'unknown',
    text: `${what}: the writer writes too rarely for this check`,
  });
});

test('the time of a service that is killed before the limit starts at its restart', () => {
  const down = (service: string, from: number, until?: number, kind: 'killed' | 'exited' = 'killed') =>
    check(
      withIncidents(
        blind([8.5, 81], [8.6, 85]),
        incident(service, from, kind),
        ...(until === undefined ? [] : [incident(service, until, 'started')]),
      ),
    );
  const again = { verdict: 'seen', tookMicros: 500_000, text: `seq 81 on ${B}` };
  assert.deepEqual(down(SYNC, 6, 8), again);
  assert.deepEqual(down('writer', 6, 8), again);
  assert.deepEqual(down(SYNC, 7.01, 8), again, 'killed at the limit');
  assert.equal(down(SYNC, 7.010001, 8).verdict, 'late', 'killed after it');
  assert.equal(down(SYNC, 4, 5.01).verdict, 'late', 'started at the time of the loss');
  assert.match(down(SYNC, 4, 5.02).text, /within 2 s of 5\.02 s, none observed in time; .* after 3\.48 s$/);
  assert.equal(down(SYNC, 6, 8, 'exited').verdict, 'late', 'not killed by the lab');
  assert.equal(down(C, 6, 8).verdict, 'late', 'a node');
  for (const service of [SYNC, 'writer'])
    assert.deepEqual(down(service, 6), { verdict: 'not applicable', text: `${service} was not restarted` });
});

test('not applicable: no reachable node, or isolated from the writer', () => {
  assert.deepEqual(checkNewWrite(killed, { ...window, reachableNodes: [] }, SYNC), {
    verdict: 'not applicable',
    text: 'no reachable node',
  });
  const parted = split();
  const [cut] = parted.windows as [FaultWindow];
  assert.deepEqual(checkNewWrite(parted, cut, SYNC), {
    verdict: 'not applicable',
    text: 'isolated from the writer',
  });
  const unseen = but(parted, ({ observations, incidents }) => ({
    observations: observations.filter(({ observer }) => observer !== SYNC),
    incidents: incidents.filter(({ service }) => service !== SYNC),
  }));
  assert.equal(
    checkNewWrite(unseen, cut, SYNC).verdict,
    'late',
    'an observer without a node is not isolated',
  );
});

test('returns the first read after one time of a write made after another time', () => {
  const first = (newSince: number, from?: number, counts?: () => boolean) =>
    firstNew(killed, SYNC, at(newSince), from === undefined ? undefined : at(from), counts)?.seq;
  assert.deepEqual([first(6), first(6.000001), first(6, 6.002), first(6, 6.002001)], [60, 61, 60, 61]);
  assert.equal(first(7, 6), 70);
  assert.equal(first(12.1), undefined);
  assert.equal(
    first(6, 6, () => false),
    undefined,
  );
  assert.equal(firstNew(killed, 'python', at(6)), undefined);
});
