/** Tests which gaps a crash explains, on synthetic histories: numbers, older writes, and the last writes. */
import type { History } from '../../lab/faults/history.ts';
import { but, check, onWindow } from './check-cases.ts';
import { A, at, B, incident, nodeKilled, seen, write } from './synthetic.ts';

const killed = nodeKilled();
const SYNC = 'sync-observer';
const writerCrashed =
  (seconds: number, kind: 'killed' | 'exited' | 'stopped' = 'killed') =>
  ({ incidents }: History) => ({
    incidents: [
      ...incidents,
      incident('writer', seconds, kind),
      incident('writer', seconds + 0.1, 'started'),
    ],
  });
const without =
  (...seqs: number[]) =>
  ({ writes }: History) => ({ writes: writes.filter(({ seq }) => !seqs.includes(seq)) });
/** The sync-observer reads seq 58 instead of 70, an older write, at 7.0 s. Seq 69 was written at 6.9 s. */
const goesBack = but(killed, ({ observations }) => ({
  observations: observations.map((one) =>
    one.observer === SYNC && one.seq === 70 ? { ...one, seq: 58 } : one,
  ),
}));
/** An observer reads seq 121, which is not in the record. The last write is from 12.0 s. */
const unlogged = but(killed, ({ observations }) => ({
  observations: [...observations, seen(SYNC, 12.5, B, 121), seen('async-observer', 12.5, B, 121)],
}));
/** A new writer reuses the numbers from 69 on, from 7.2 s on. */
const again = but(killed, ({ writes, observations }) => ({
  writes: [...writes.filter(({ seq }) => seq <= 71), write(69, 7.2, B), write(70, 7.3, B)],
  observations: [
    ...observations.filter(({ seq }) => seq <= 71),
    ...['sync-observer', 'async-observer'].flatMap((name) => [
      seen(name, 7.21, B, 69),
      seen(name, 7.31, B, 70),
    ]),
  ],
  handshakes: [],
  endedAt: at(16),
}));

const back = /seq 58 after seq 69: not a newer write/;
const gap = /goes from seq 49 to seq 51/;
/** No observer read seq 50, which is not in the record; its neighbors are from 4.9 and 5.4 s. */
const unrecorded = but(killed, without(50));
check('accounted', [
  ['an older write, crash of the writer long before', but(goesBack, writerCrashed(2)), 'broken', back],
  ['an older write, crash of the writer long afterwards', but(goesBack, writerCrashed(11)), 'broken', back],
  ['reused numbers, crash between them', but(again, writerCrashed(7.15)), 'holds', /^sync-observer: /],
  [
    'reused numbers, exit between them',
    but(again, writerCrashed(7.15, 'exited')),
    'holds',
    /^sync-observer: /,
  ],
  [
    'reused numbers, clean stop between them',
    but(again, writerCrashed(7.15, 'stopped')),
    'broken',
    /not a newer write/,
  ],
  [
    'reused numbers, crash before',
    but(again, writerCrashed(7.09)),
    'broken',
    /seq 69 after seq 71: not a newer write/,
  ],
  ['reused numbers, crash afterwards', but(again, writerCrashed(7.21)), 'broken', /not a newer write/],
  ['reused numbers, crash with the last write before', but(again, writerCrashed(7.1)), 'holds', /^sync/],
  ['reused numbers, crash with the first write afterwards', but(again, writerCrashed(7.2)), 'holds', /^sync/],
  [
    'the same, the writer crashed before',
    but(but(killed, without(70, 71)), writerCrashed(6.89)),
    'broken',
    /no writer sent/,
  ],
  [
    'the same, the writer crashed afterwards',
    but(but(killed, without(70, 71)), writerCrashed(7.21)),
    'broken',
    /no writer sent/,
  ],
  [
    'the same, the writer crashed there',
    but(but(killed, without(70, 71)), writerCrashed(7)),
    'holds',
    /^sync/,
  ],
  [
    'the same, it crashed with the write before',
    but(but(killed, without(70, 71)), writerCrashed(6.9)),
    'holds',
    /^sync/,
  ],
  [
    'the same, it crashed with the write after',
    but(but(killed, without(70, 71)), writerCrashed(7.2)),
    'holds',
    /^sync/,
  ],
  ['a gap in the record, crash long before', but(unrecorded, writerCrashed(2)), 'unknown', gap],
  ['a gap in the record, crash just before', but(unrecorded, writerCrashed(4.89)), 'unknown', gap],
  ['a gap in the record, crash with the write before', but(unrecorded, writerCrashed(4.9)), 'holds', /^sync/],
  ['a gap in the record, crash with the write after', but(unrecorded, writerCrashed(5.4)), 'holds', /^sync/],
  ['a gap in the record, crash just afterwards', but(unrecorded, writerCrashed(5.41)), 'unknown', gap],
  ['a number after the last write, no crash', unlogged, 'broken', /seq 121 which no writer sent/],
  ['a number after the last write, crash there', but(unlogged, writerCrashed(12.3)), 'holds', /121 writes/],
  [
    'a number after the last write, crash before',
    but(unlogged, writerCrashed(11.9)),
    'broken',
    /no writer sent/,
  ],
]);

const ended = but(killed, ({ observations, incidents }) => ({
  observations: observations.filter(({ observer, at: when }) => observer !== SYNC || when < at(9)),
  incidents: [...incidents, incident(SYNC, 9, 'killed')],
  handshakes: [],
}));
/** No observer reads seq 50 and 51, which node A acknowledged at 5.0 and 5.005 s. All nodes have seq 49. */
const tail = but(killed, ({ writes, observations, finalState }) => ({
  writes: [...writes.slice(0, 49), write(50, 5, A), write(51, 5.005, A)],
  observations: observations.filter(({ seq }) => seq <= 49),
  handshakes: [],
  finalState: finalState.map((state) => ({
    ...state,
    sharedKey: `Writer seq 49 micros ${at(4.9)} timestamp 1`,
  })),
}));
const onLast = (sharedKey: string | null) => (history: History) => ({
  finalState: history.finalState.map((state, i) => (i === 2 ? { ...state, sharedKey } : state)),
});
check('accounted', [
  [
    'counts unread writes of a killed observer as down time',
    ended,
    'holds',
    /^sync-observer: 120 writes = 86 observed \+ 1 found by catch-up \+ 1 conflated \+ 1 missed \+ 31 while it was down;/,
  ],
  ['lost with their node', tail, 'holds', /\+ 2 lost with a node; async-observer/],
  [
    'one node has the newer write',
    but(tail, onLast(`Writer seq 51 micros ${at(5.005)} timestamp 1`)),
    'broken',
    /seq 50, .*\n.*seq 51/,
  ],
  [
    'one node has the older write',
    but(tail, onLast(`Writer seq 50 micros ${at(5)} timestamp 1`)),
    'broken',
    /\+ 1 lost with a node;[\s\S]*seq 50, acknowledged/,
  ],
  ['one node has no value', but(tail, onLast(null)), 'holds', /2 lost with a node/],
  [
    'one node has a value without micros',
    but(tail, onLast('Python01 timestamp 1725543675')),
    'holds',
    /2 lost/,
  ],
  [
    'the fault was healed before',
    but(tail, onWindow({ healedAt: at(4.99) })),
    'broken',
    /seq 50.*unaccounted/,
  ],
  [
    'the fault was healed between them',
    but(tail, onWindow({ healedAt: at(5.001) })),
    'broken',
    /\+ 1 lost with a node/,
  ],
  [
    'the fault was healed with the write',
    but(tail, onWindow({ healedAt: at(5.005) })),
    'holds',
    /2 lost with a node/,
  ],
  [
    'unacknowledged writes need no account',
    but(tail, ({ writes }) => ({
      writes: [...writes.slice(0, 49), write(50, 5, B, 'unknown'), write(51, 5.005, B, 'rejected')],
    })),
    'holds',
    /^sync-observer: 49 writes/,
  ],
  [
    'written just before the record ends',
    but(tail, () => ({ endedAt: at(7.001) })),
    'unknown',
    /\+ 1 lost with a node;[\s\S]*seq 51 was written just before the record ends/,
  ],
  [
    'an observer without reads accounts for no write',
    but(killed, ({ observations }) => ({
      observations: observations.filter(({ observer }) => observer !== SYNC),
      handshakes: [],
    })),
    'broken',
    /sync-observer: seq 1, acknowledged by 10\.0\.0\.1:7001, is unaccounted for/,
  ],
]);
