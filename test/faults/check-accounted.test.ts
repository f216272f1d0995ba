/** Tests the account of all writes on synthetic histories, and that every change of a history is detected. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAccounted } from '../../lab/faults/checks/accounted.ts';
import type { History } from '../../lab/faults/history.ts';
import { but, check, onWindow } from './check-cases.ts';
import { A, at, B, C, incident, nodeKilled, OBSERVERS, seen, write } from './synthetic.ts';

const killed = nodeKilled();
/** Changes the observations of one observer. */
const onSeen =
  (seq: number, change: Partial<History['observations'][number]>) =>
  ({ observations }: History) => ({
    observations: observations.map((one) =>
      one.observer === 'sync-observer' && one.seq === seq ? { ...one, ...change } : one,
    ),
  });
const noTail = (history: History) => ({
  observations: history.observations.filter(({ seq }) => seq <= 49),
  handshakes: [],
});
/** The writer's node is lost with its last writes, and the writer crashes. */
const tailLost = but(but(killed, noTail), ({ writes, finalState }) => ({
  writes: [...writes.slice(0, 49), write(50, 5, A), write(51, 5.005, A)],
  finalState: finalState.map((state) => ({
    ...state,
    sharedKey: `Writer seq 49 micros ${at(4.9)} timestamp 1`,
  })),
}));

check('accounted', [
  [
    'observed, caught up, conflated, missed, down',
    killed,
    'holds',
    /^sync-observer: 120 writes = 117 observed \+ 1 found by catch-up \+ 1 conflated \+ 1 missed; async-observer \(1 restart\): 120 .* 5 while it was down$/,
  ],
  ['lost with a node', tailLost, 'holds', /^sync-observer: 51 writes = .* \+ 2 lost with a node/],
  [
    'a crashed writer did not log its last write',
    but(killed, ({ writes, incidents }) => ({
      writes: writes.filter(({ seq }) => seq !== 50),
      incidents: [...incidents, incident('writer', 5, 'killed'), incident('writer', 5.2, 'started')],
    })),
    'holds',
    /1 conflated/,
  ],
  [
    'a new writer reuses numbers',
    but(killed, ({ writes, observations, incidents }) => ({
      writes: [...writes, write(118, 13, B)],
      observations: [...observations, ...OBSERVERS.map((name) => seen(name, 13.1, B, 118))],
      incidents: [...incidents, incident('writer', 12.5, 'killed'), incident('writer', 12.8, 'started')],
    })),
    'holds',
    /121 writes/,
  ],
  [
    'a gap in the record of a stopped writer, which logs all writes',
    but(killed, ({ writes, incidents }) => ({
      writes: writes.filter(({ seq }) => seq !== 50),
      incidents: [...incidents, incident('writer', 5, 'stopped'), incident('writer', 5.2, 'started')],
    })),
    'unknown',
    /goes from seq 49 to seq 51/,
  ],
  [
    'an observation is missing',
    but(killed, ({ observations }) => ({
      observations: observations.filter(({ seq }) => seq !== 60),
    })),
    'broken',
    /observed seq 61 after seq 59 with 0 conflated instead of 1/,
  ],
  [
    'too many conflated',
    but(killed, onSeen(60, { conflated: 1 })),
    'broken',
    /seq 60 after seq 59 with 1 conflated instead of 0/,
  ],
  ['too few missed', but(killed, onSeen(20, { missed: 1 })), 'broken', /with 1 missed instead of 2/],
  [
    'an older write',
    but(killed, onSeen(60, { seq: 58 })),
    'broken',
    /seq 58 after seq 59: not a newer write/,
  ],
  [
    'a number that no writer sent',
    but(killed, onSeen(120, { seq: 121, conflated: 1 })),
    'broken',
    /seq 121 which no writer sent/,
  ],
  [
    'a rejected write',
    but(killed, ({ writes }) => ({
      writes: writes.map((one) => (one.seq === 60 ? { ...one, outcome: 'rejected' as const } : one)),
    })),
    'broken',
    /seq 60 which 10\.0\.0\.2:7001 rejected/,
  ],
  [
    'a handshake for a write that was not observed',
    but(killed, ({ handshakes }) => ({
      handshakes: [...handshakes, { observer: 'sync-observer', at: at(6), node: B, seq: 50 }],
    })),
    'broken',
    /sent a handshake for seq 50, which it had not observed/,
  ],
  [
    'the last write is on the nodes but was never observed',
    but(killed, ({ observations }) => ({
      observations: observations.filter(({ seq }) => seq !== 120),
      handshakes: [],
    })),
    'broken',
    /seq 120, acknowledged by 10\.0\.0\.2:7001, is unaccounted for/,
  ],
  [
    'lost, although no fault hit its node',
    but(tailLost, onWindow({ targets: [C] })),
    'broken',
    /seq 51.*is unaccounted for/,
  ],
  ['no write', but(killed, () => ({ writes: [] })), 'unknown', /no write/],
  ['no observer', but(killed, () => ({ observers: [] })), 'unknown', /no observer/],
  [
    'the record lacks a write',
    but(killed, ({ writes }) => ({ writes: writes.filter(({ seq }) => seq !== 50) })),
    'unknown',
    /goes from seq 49 to seq 51/,
  ],
  [
    'the record ends just after the last write',
    but(killed, ({ observations }) => ({
      observations: observations.filter(({ seq }) => seq <= 110),
      handshakes: [],
      endedAt: at(12),
    })),
    'unknown',
    /seq 111 was written just before the record ends/,
  ],
  [
    'no node was read',
    but(but(killed, noTail), () => ({ finalState: [] })),
    'unknown',
    /no node was read to check for seq 51/,
  ],
]);

/** Returns all copies of a list in which one item is dropped or changed. */
function mutations<T>(list: readonly T[], change: (item: T) => T): [index: number, list: T[]][] {
  return list.flatMap((item, i): [number, T[]][] => [
    [i, list.toSpliced(i, 1)],
    [i, list.with(i, change(item))],
  ]);
}

const accountedOf = (history: History) => checkAccounted(history).verdict;

test('detects every dropped or altered observation', () => {
  // Nothing can contradict an observer's first observation.
  const first = [...OBSERVERS.map((name) => [name, 1]), ['async-observer', 106]].map(String);
  for (const [i, observations] of [
    ...mutations(killed.observations, (one) => ({ ...one, seq: one.seq + 1 })),
    ...mutations(killed.observations, (one) => ({ ...one, conflated: one.conflated + 1 })),
  ]) {
    const { observer, seq } = killed.observations[i] as History['observations'][number];
    const dropped = observations.length < killed.observations.length;
    if (dropped && first.includes(String([observer, seq]))) continue;
    assert.equal(accountedOf({ ...killed, observations }), 'broken', `${observer}, seq ${seq}`);
  }
});

test('detects every exchange of two observations', () => {
  for (let i = 2; i < killed.observations.length; i += 1) {
    const [one, other] = [killed.observations[i - 2], killed.observations[i]] as const;
    if (!one || !other || one.observer !== other.observer) continue;
    const observations = killed.observations.with(i - 2, other).with(i, one);
    assert.equal(accountedOf({ ...killed, observations }), 'broken', `${one.seq} and ${other.seq}`);
  }
});

test('detects every dropped, rejected, or renumbered write', () => {
  // The record may begin at any write, and an observer may have read earlier writes.
  for (const [i, writes] of [
    ...mutations(killed.writes, (one) => ({ ...one, seq: one.seq + 1_000 })),
    ...mutations(killed.writes, (one) => ({ ...one, outcome: 'rejected' as const })),
  ].filter(([i]) => i > 0)) {
    const { seq } = killed.writes[i] as History['writes'][number];
    const observed = killed.observations.some((one) => one.seq === seq);
    // A write that no observer read may have been rejected: observers count the numbers in between.
    if (!observed && writes.length === killed.writes.length && writes[i]?.seq === seq) continue;
    assert.notEqual(accountedOf({ ...killed, writes }), 'holds', `seq ${seq}`);
  }
});
