/** Liveness on made-up histories: some that keep it, break it in each way, and cannot tell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultWindow, History } from '../../lab/faults/history.ts';
import { judgeLiveness } from '../../lab/faults/judge/liveness.ts';
import { but, check, onWindow } from './judge-cases.ts';
import { A, allKilled, at, B, C, incident, nodeKilled, OBSERVERS, seen, split, write } from './made-up.ts';

const killed = nodeKilled();
const between = (from: number, to: number) => (one: { at: number }) => one.at >= at(from) && one.at < at(to);
const notBetween = (from: number, to: number) => (one: { at: number }) => !between(from, to)(one);
/** What an observer does not see for a while. */
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

check('liveness', [
  ['both see a write in time', killed, 'holds', /2 of 2 in time \(0\.39 s\).*no exit/],
  ['the split is not covered', split(), 'holds', /^2 not covered: apart from the writer.*last heal 0\.20 s/],
  [
    'what still comes through at first proves nothing',
    but(split(), ({ observations }) => ({
      observations: [
        ...observations.filter(({ at: when }) => when < at(5)),
        ...OBSERVERS.map((name) => seen(name, 5.15, B, 51)),
        ...observations.filter(({ at: when }) => when > at(5)),
      ],
    })),
    'holds',
    /^2 not covered: apart from the writer/,
  ],
  ['nor is the death of all nodes', allKilled(), 'holds', /^2 not covered: no node to reach; after/],
  [
    'a killed observer has 2 s from its start',
    observerKilled(7),
    'holds',
    /2 of 2 in time \(0\.39 to 0\.50 s\)/,
  ],
  [
    'of one killed for good nothing is asked',
    but(observerKilled(), blind('sync-observer', 5, 20)),
    'holds',
    /1 not covered: sync-observer was not started again/,
  ],
  [
    'the next fault comes first',
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
    /2 not covered: the next fault came within 2 s, apart from the writer[\s\S]*none observed; the first was seq 80/,
  ],
  [
    'an observer is late',
    but(killed, blind('sync-observer', 5, 7.5)),
    'broken',
    /1 of 2 in time[\s\S]*5\.01 s node-killed, sync-observer: \d+ writes from seq 51 on.*after 2\.49 s/,
  ],
  [
    'an old write, seen late, is no new one',
    but(but(killed, blind('sync-observer', 5, 7.5)), ({ observations }) => ({
      observations: [...observations, seen('sync-observer', 5.5, B, 49)],
    })),
    'broken',
    /1 of 2 in time[\s\S]*sync-observer: \d+ writes from seq 51 on/,
  ],
  [
    'a write made at the moment the loss became visible is new',
    but(but(killed, onWindow({ visibleAt: at(5.4) })), blind('sync-observer', 5.41, 20)),
    'broken',
    /^2 of 2 in time \(0\.00 s\)/,
  ],
  [
    'a started observer is late',
    but(observerKilled(5.2), blind('sync-observer', 5, 7.5)),
    'broken',
    /within 2 s of 5\.20 s/,
  ],
  [
    'replication back between the parts, and still late',
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
    'a node ends by itself, and the services live on',
    but(killed, ({ incidents }) => ({ incidents: [...incidents, incident(A, 9, 'exited')] })),
    'holds',
    /no exit; 1 node ended unasked/,
  ],
  [
    'nothing is observed after healing',
    but(killed, blind('async-observer', 8, 20)),
    'broken',
    /async-observer observed none of \d+ writes made after the last heal at 8\.00 s/,
  ],
  ['nothing was broken', but(killed, () => ({ windows: [] })), 'unknown', /^nothing was broken$/],
  ['no observer', but(killed, () => ({ observers: [] })), 'unknown', /^there was no observer$/],
  [
    'the record ends too early',
    but(but(killed, blind('sync-observer', 5, 20)), () => ({ endedAt: at(6) })),
    'unknown',
    /the record ends within 2 s/,
  ],
  [
    'writes are too seldom',
    but(killed, ({ settings }) => ({
      settings: { ...settings, WRITE_INTERVAL_MS: 4000 },
      writes: [write(1, 0, A), write(2, 4, A), write(3, 8.5, B)],
      observations: OBSERVERS.flatMap((name) => [seen(name, 4.1, B, 2), seen(name, 8.6, B, 3)]),
    })),
    'unknown',
    /too seldom to tell/,
  ],
  [
    'nothing was written after healing',
    but(killed, onWindow({ healedAt: at(15) })),
    'unknown',
    /too little was written/,
  ],
]);

const promise = 'liveness';
const gaps = 'longest gap sync-observer 0.40 s, async-observer 0.40 s';

test('liveness: the whole summary, and the evidence of each exit and each late observer', () => {
  const summary = `2 of 2 in time (0.39 s); after the last heal 0.00 s; ${gaps}`;
  assert.deepEqual(judgeLiveness(killed), {
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
  assert.deepEqual(judgeLiveness({ ...killed, incidents: [...killed.incidents, ...exits] }), {
    promise,
    verdict: 'broken',
    summary: `${summary}; 1 exit; 2 nodes ended unasked`,
    evidence: ['6.00 s writer exited: exit code 1'],
  });
  const late = (observer: string) =>
    `5.01 s node-killed, ${observer}: 20 writes from seq 51 on (${B}) within 2 s of 5.01 s, none observed; nor later`;
  const silent = (observer: string) =>
    `${observer} observed none of 41 writes made after the last heal at 8.00 s, from seq 80 on`;
  assert.deepEqual(judgeLiveness({ ...killed, observations: [] }), {
    promise,
    verdict: 'broken',
    summary: '0 of 2 in time; no exit',
    evidence: [...OBSERVERS.map(late), ...OBSERVERS.map(silent)],
  });
});

test('liveness: what cannot be told', () => {
  const observations = killed.observations.filter((one) => one.at < at(5));
  assert.deepEqual(judgeLiveness({ ...killed, endedAt: at(6), observations }), {
    promise,
    verdict: 'unknown',
    summary: 'longest gap sync-observer 0.10 s, async-observer 0.10 s; no exit',
    evidence: [
      ...OBSERVERS.map((name) => `5.01 s node-killed, ${name}: the record ends within 2 s of 5.01 s`),
      ...OBSERVERS.map((name) => `${name}: too little was written after the last heal at 8.00 s`),
    ],
  });
});
