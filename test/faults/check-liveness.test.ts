/** Tests liveness on synthetic histories: one that holds, each way to break it, and unknown results. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLiveness } from '../../lab/faults/checks/liveness.ts';
import type { FaultWindow, History } from '../../lab/faults/history.ts';
import { but, check, onWindow } from './check-cases.ts';
import { A, allKilled, at, B, C, incident, nodeKilled, OBSERVERS, seen, split, write } from './synthetic.ts';

const killed = nodeKilled();
const between = (from: number, to: number) => (one: { at: number }) => one.at >= at(from) && one.at < at(to);
const notBetween = (from: number, to: number) => (one: { at: number }) => !between(from, to)(one);
/** Removes an observer's reads of a time span. */
const blind = (observer: string, from: number, to: number) => (history: History) => ({
  observations: history.observations.filter((one) => one.observer !== observer || notBetween(from, to)(one)),
});
const noWrites =
  (from: number, to: number) =>
  ({ writes }: History) => ({
    writes: writes.filter(({ micros }) => micros < at(from) || micros >= at(to)),
  });

const observerKilled = (startedAgain?: number) =>
  but(but(killed, blind('sync-observer', 4.9, 7.5)), (history) => ({
    incidents: [
      ...history.incidents,
      incident('sync-observer', 4.9, 'killed'),
      ...(startedAgain ? [incident('sync-observer', startedAgain, 'started')] : []),
    ],
  }));

const primaryKilled = but(killed, () => ({ writeNodes: [A] }));

check('liveness', [
  ['both observers read a write in time', killed, 'holds', /2 of 2 in time \(0\.39 s\).*no exit/],
  ['split', split(), 'not applicable', /^2 not applicable: isolated from the writer.*last heal 0\.20 s/],
  [
    'split, with reads before the partition was complete',
    but(split(), ({ observations }) => ({
      observations: [
        ...observations.filter(({ at: when }) => when < at(5)),
        ...OBSERVERS.map((name) => seen(name, 5.15, B, 51)),
        ...observations.filter(({ at: when }) => when > at(5)),
      ],
    })),
    'not applicable',
    /^2 not applicable: isolated from the writer/,
  ],
  ['all nodes killed', allKilled(), 'not applicable', /^2 not applicable: no reachable node; after/],
  [
    'the primary of a star killed',
    primaryKilled,
    'not applicable',
    /^2 not applicable: no reachable node accepts writes \(no replica is promoted\); after the last heal 0\.00 s/,
  ],
  [
    'the primary of a star killed, and nothing observed after healing',
    but(primaryKilled, blind('async-observer', 8, 20)),
    'broken',
    /async-observer observed none of \d+ writes after the last heal/,
  ],
  [
    'the primary of a star killed, and an observer exits',
    but(primaryKilled, ({ incidents }) => ({
      incidents: [...incidents, incident('sync-observer', 6, 'exited', undefined, 'exit code 1')],
    })),
    'broken',
    /6\.00 s sync-observer exited: exit code 1/,
  ],
  [
    'a killed observer has 2 s from its start',
    observerKilled(7),
    'holds',
    /2 of 2 in time \(0\.39 to 0\.50 s\)/,
  ],
  [
    'not applicable: observer not restarted',
    but(observerKilled(), blind('sync-observer', 5, 20)),
    'holds',
    /1 not applicable: sync-observer was not restarted/,
  ],
  [
    'not applicable: the next fault starts first',
    but(but(killed, blind('sync-observer', 5, 8)), ({ windows }) => ({
      windows: [
        ...windows,
        {
          ...(windows[0] as FaultWindow),
          injectedAt: at(6),
          visibleAt: at(6),
          healedAt: at(9),
          parts: [[A, B], [C]],
        },
      ],
    })),
    'broken',
    /2 not applicable: the next fault started within 2 s, isolated from the writer[\s\S]*none observed in time; the first was seq 80/,
  ],
  [
    'an observer is late',
    but(killed, blind('sync-observer', 5, 7.5)),
    'broken',
    /1 of 2 in time[\s\S]*5\.01 s node-killed, sync-observer: \d+ writes from seq 51 on.*after 2\.49 s/,
  ],
  [
    'an old write that is read late is not new',
    but(but(killed, blind('sync-observer', 5, 7.5)), ({ observations }) => ({
      observations: [...observations, seen('sync-observer', 5.5, B, 49)],
    })),
    'broken',
    /1 of 2 in time[\s\S]*sync-observer: \d+ writes from seq 51 on/,
  ],
  [
    'a write at the time of the visible loss is new',
    but(but(killed, onWindow({ visibleAt: at(5.4) })), blind('sync-observer', 5.41, 20)),
    'broken',
    /^2 of 2 in time \(0\.00 s\)/,
  ],
  [
    'a restarted observer is late',
    but(observerKilled(5.2), blind('sync-observer', 5, 7.5)),
    'broken',
    /within 2 s of 5\.20 s/,
  ],
  [
    'links re-established, and still late',
    but(but(split(), onWindow({ healedAt: at(5.5) })), blind('sync-observer', 5, 9)),
    'broken',
    /sync-observer: \d+ writes from seq 56/,
  ],
  ['the writer is late', but(killed, noWrites(5.1, 7.5)), 'broken', /no write was acknowledged within 2 s/],
  [
    'a service exits',
    but(killed, ({ incidents }) => ({
      incidents: [...incidents, incident('writer', 6, 'exited', undefined, 'exit code 1')],
    })),
    'broken',
    /6\.00 s writer exited: exit code 1/,
  ],
  [
    'a node exits, and the services continue',
    but(killed, ({ incidents }) => ({ incidents: [...incidents, incident(A, 9, 'exited')] })),
    'holds',
    /no exit; 1 node ended unexpectedly/,
  ],
  [
    'nothing is observed after healing',
    but(killed, blind('async-observer', 8, 20)),
    'broken',
    /async-observer observed none of \d+ writes after the last heal at 8\.00 s/,
  ],
  ['no fault', but(killed, () => ({ windows: [] })), 'unknown', /^no fault was injected$/],
  ['no observer', but(killed, () => ({ observers: [] })), 'unknown', /^there was no observer$/],
  [
    'the record ends too early',
    but(but(killed, blind('sync-observer', 5, 20)), () => ({ endedAt: at(6) })),
    'unknown',
    /the record ends within 2 s/,
  ],
  [
    'the writer writes too rarely',
    but(killed, ({ settings }) => ({
      settings: { ...settings, WRITE_INTERVAL_MS: 4000 },
      writes: [write(1, 0, A), write(2, 4, A), write(3, 8.5, B)],
      observations: OBSERVERS.flatMap((name) => [seen(name, 4.1, B, 2), seen(name, 8.6, B, 3)]),
    })),
    'unknown',
    /too rarely for this check/,
  ],
  [
    'nothing was written after healing',
    but(killed, onWindow({ healedAt: at(15) })),
    'unknown',
    /too few writes/,
  ],
]);

const promise = 'liveness';
const gaps = 'longest gap sync-observer 0.40 s, async-observer 0.40 s';

test('liveness: the whole summary, and the evidence of each exit and each late observer', () => {
  const summary = `2 of 2 in time (0.39 s); after the last heal 0.00 s; ${gaps}`;
  assert.deepEqual(checkLiveness(killed), {
    promise,
    verdict: 'holds',
    summary: `${summary}; no exit`,
    evidence: [],
  });
  const exits = [
    incident('writer', 6, 'exited', undefined, 'exit code 1'),
    incident(A, 9, 'exited'),
    incident(B, 9, 'exited'),
  ];
  assert.deepEqual(checkLiveness({ ...killed, incidents: [...killed.incidents, ...exits] }), {
    promise,
    verdict: 'broken',
    summary: `${summary}; 1 exit; 2 nodes ended unexpectedly`,
    evidence: ['6.00 s writer exited: exit code 1'],
  });
  const late = (observer: string) =>
    `5.01 s node-killed, ${observer}: 20 writes from seq 51 on (${B}) within 2 s of 5.01 s, none observed in time or later`;
  const silent = (observer: string) =>
    `${observer} observed none of 41 writes after the last heal at 8.00 s, from seq 80 on`;
  assert.deepEqual(checkLiveness({ ...killed, observations: [] }), {
    promise,
    verdict: 'broken',
    summary: '0 of 2 in time; no exit',
    evidence: [...OBSERVERS.map(late), ...OBSERVERS.map(silent)],
  });
});

test('liveness: the whole summary of an unknown result', () => {
  const observations = killed.observations.filter((one) => one.at < at(5));
  assert.deepEqual(checkLiveness({ ...killed, endedAt: at(6), observations }), {
    promise,
    verdict: 'unknown',
    summary: 'longest gap sync-observer 0.10 s, async-observer 0.10 s; no exit',
    evidence: [
      ...OBSERVERS.map((name) => `5.01 s node-killed, ${name}: the record ends within 2 s of 5.01 s`),
      ...OBSERVERS.map((name) => `${name}: too few writes after the last heal at 8.00 s`),
    ],
  });
});
