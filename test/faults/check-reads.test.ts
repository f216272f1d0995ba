/** Tests missed and conflated writes on synthetic histories of connections and writes, with a failover. */
import type { History, Incident, Observation } from '../../lab/faults/history.ts';
import { but, type Case, check } from './check-cases.ts';
import { A, B, C, incident, nodeKilled } from './synthetic.ts';

const killed = nodeKilled();
const SYNC = 'sync-observer';

/**
 * The sync-observer reads seq `last` on its home node, fails over to node C, where it connects at `connected` (seconds),
 * and then reads seq 91.
 */
function failedOver(last: number, connected: number, first: Partial<Observation>): History {
  const observations = killed.observations
    .filter(({ observer, seq }) => observer !== SYNC || seq <= last || seq > 90)
    .map((one) => {
      if (one.observer !== SYNC || one.seq < 91) return one;
      return { ...one, node: C, ...(one.seq === 91 && first) };
    });
  const incidents = [
    ...killed.incidents,
    incident(SYNC, 8.6, 'lost', B),
    incident(SYNC, connected, 'connected', C),
  ];
  return { ...killed, observations, incidents, handshakes: [] };
}

const missed = failedOver(84, 9.05, { missed: 7 });
const conflated = failedOver(84, 9.05, { conflated: 6 });
const asyncOn = (node: string) => (history: History) => ({
  observations: history.observations.map((one) => (one.observer === SYNC ? one : { ...one, node })),
});
const writesTo =
  (node: string, outcome: History['writes'][number]['outcome'] = 'acknowledged') =>
  (history: History) => ({
    writes: history.writes.map((one) => (one.seq > 84 && one.seq < 90 ? { ...one, node, outcome } : one)),
  });
const also =
  (...more: Incident[]) =>
  ({ incidents }: History) => ({ incidents: [...incidents, ...more] });
const pollingAfter =
  (RECHECK_INTERVAL_MS: number) =>
  ({ settings }: History) => ({ settings: { ...settings, RECHECK_INTERVAL_MS } });
const caughtUp = (seq: number, count: number) => (history: History) => ({
  observations: history.observations.map((one) =>
    one.observer === SYNC && one.seq === seq ? { ...one, missed: count } : one,
  ),
});

check('accounted', [
  [
    'the gap of a failover is missed',
    missed,
    'holds',
    /^sync-observer: .* 2 found by catch-up \+ 1 conflated \+ 7 missed;/,
  ],
  [
    'the gap of a failover is reported as conflated, although another observer had read its writes there',
    conflated,
    'broken',
    /2 found by catch-up \+ 1 conflated \+ 7 missed;[\s\S]*\n9\.10 s sync-observer observed seq 91 after seq 84 with 6 conflated instead of 7 missed: 10\.0\.0\.3:7001 had seq 90 before the observer connected$/,
  ],
  [
    'the gap of a failover is reported as conflated, although the new node had acknowledged its writes',
    but(but(conflated, asyncOn(B)), writesTo(C)),
    'broken',
    /10\.0\.0\.3:7001 had seq 89 before the observer connected/,
  ],
  [
    'a first read may find nothing new: without evidence about the node, conflated is possible',
    but(conflated, asyncOn(B)),
    'holds',
    /7 conflated \+ 1 missed;/,
  ],
  ['without evidence about the node, missed is possible', but(missed, asyncOn(B)), 'holds', /7 missed;/],
  [
    'a wrong count is detected even then',
    but(failedOver(84, 9.05, { conflated: 5 }), asyncOn(B)),
    'broken',
    /with 5 conflated instead of 6/,
  ],
  [
    'unacknowledged writes prove nothing',
    but(but(conflated, asyncOn(B)), ({ writes }) => ({
      writes: writes.map(({ acknowledgedAt, ...one }) =>
        one.seq > 84 && one.seq < 90 ? { ...one, node: C } : one,
      ),
    })),
    'holds',
    /7 conflated/,
  ],
  [
    'a read in the same millisecond as the connection proves nothing',
    failedOver(89, 9.002, { conflated: 1 }),
    'holds',
    /2 conflated/,
  ],
  [
    'a read just before the connection is evidence',
    failedOver(89, 9.0021, { conflated: 1 }),
    'broken',
    /seq 91 after seq 89 with 1 conflated instead of 2 missed/,
  ],
  [
    'no write since the last read: the next write is observed normally',
    failedOver(90, 9.05, {}),
    'holds',
    /1 conflated \+ 1 missed;/,
  ],
  ...(['killed', 'stopped', 'exited', 'started'] as const).map((kind): [string, History, 'holds', RegExp] => [
    `a node may have lost its values: ${kind}`,
    but(conflated, also(incident(C, 9.04, kind))),
    'holds',
    /7 conflated/,
  ]),
  [
    'a restart of another node has no effect',
    but(conflated, also(incident(B, 9.04, 'started'))),
    'broken',
    /instead of 7 missed/,
  ],
  [
    'a replica may have lost its values: its primary restarted',
    but(but(conflated, also(incident(A, 9.04, 'started'))), () => ({ writeNodes: [A] })),
    'holds',
    /7 conflated/,
  ],
  [
    'a restart of another replica has no effect',
    but(but(conflated, also(incident(B, 9.04, 'started'))), () => ({ writeNodes: [A] })),
    'broken',
    /instead of 7 missed/,
  ],
  [
    'a restart of one write node has no effect on another',
    but(but(conflated, also(incident(A, 9.04, 'started'))), () => ({ writeNodes: [A, C] })),
    'broken',
    /instead of 7 missed/,
  ],
  [
    'a warning about the node has no effect',
    but(conflated, also(incident(C, 9.04, 'warning'))),
    'broken',
    /instead of 7 missed/,
  ],
  [
    'a restart before the read of the other observer has no effect',
    but(conflated, also(incident(C, 8.95, 'started'))),
    'broken',
    /had seq 90/,
  ],
  [
    'a restart in the millisecond of that read invalidates it',
    but(conflated, also(incident(C, 9.002, 'started'))),
    'holds',
    /7 conflated/,
  ],
  [
    'a restart after the observation has no effect',
    but(conflated, also(incident(C, 9.11, 'started'))),
    'broken',
    /had seq 90/,
  ],
  [
    'an observer found an older value on the node',
    but(conflated, also(incident(SYNC, 9.06, 'older'))),
    'holds',
    /7 conflated/,
  ],
  [
    'the writer found an older value on the node',
    but(conflated, also(incident('writer', 9.102, 'rewritten'))),
    'holds',
    /7 conflated/,
  ],
  [
    'a catch-up that no poll can have caused',
    but(killed, caughtUp(60, 1)),
    'broken',
    /seq 60 after seq 59 with 1 missed instead of 0 conflated: 100 ms after its last read, before any poll/,
  ],
  ...(
    [
      ['since the last read', SYNC, 5.92, 'holds'],
      ['before the last read', SYNC, 5.9, 'broken'],
      ['after the read', SYNC, 6.01, 'broken'],
      ['of another observer', 'async-observer', 5.92, 'broken'],
    ] as const
  ).map(
    ([when, service, seconds, verdict]): Case => [
      `a catch-up because a write node became reachable ${when}`,
      but(but(killed, caughtUp(60, 1)), also(incident(service, seconds, 'write-node', A))),
      verdict,
      verdict === 'holds' ? /2 found by catch-up/ : /before any poll/,
    ],
  ),
  [
    'a catch-up by a poll',
    but(but(killed, caughtUp(60, 1)), pollingAfter(100)),
    'holds',
    /2 found by catch-up/,
  ],
  ['a poll after 202 ms, seen after 200', but(killed, pollingAfter(202)), 'holds', /1 missed/],
  [
    'a poll after 203 ms, seen after 200',
    but(killed, pollingAfter(203)),
    'broken',
    /200 ms after its last read/,
  ],
  ['a catch-up without polling', but(killed, pollingAfter(0)), 'broken', /seq 20 after seq 18 with 2 missed/],
  [
    'ignores connections to other nodes, at other times, or of another observer',
    but(killed, ({ incidents }) => ({
      incidents: [
        ...incidents.filter(({ service }) => service !== SYNC),
        incident(SYNC, 0.05, 'connected', C),
        incident(SYNC, 2.1, 'connected', B),
        incident(SYNC, 0.05, 'lost', B),
        incident('async-observer', 0.05, 'connected', B),
      ],
      settings: { ...killed.settings, RECHECK_INTERVAL_MS: 5000 },
    })),
    'holds',
    /1 missed/,
  ],
  [
    'the first read after a start has no gap',
    but(killed, ({ observations }) => ({
      observations: observations.map(({ missed, ...one }) =>
        one.seq === 106 ? one : { ...one, ...(missed !== undefined && { missed }) },
      ),
    })),
    'holds',
    /5 while it was down/,
  ],
]);
