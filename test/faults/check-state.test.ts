/** Tests the last write and its handshakes on every node, on synthetic histories. */
import type { History } from '../../lab/faults/history.ts';
import { but, check, states } from './check-cases.ts';
import { B, incident, nodeKilled, OBSERVERS, write } from './synthetic.ts';

const killed = nodeKilled();
const unsure = (history: History) => ({
  writes: [...history.writes, write(121, 12.1, B, 'unknown' as const)],
});
const with121 = (text: string | null) => (text ?? '').replace('seq 120', 'seq 121');
const moved = states(({ sharedKey, handshakes }) => ({
  sharedKey: with121(sharedKey),
  handshakes: Object.fromEntries(Object.entries(handshakes).map(([name, text]) => [name, with121(text)])),
}));

check('final-state', [
  [
    'the last acknowledged write',
    killed,
    'holds',
    /^seq 120 \(the last acknowledged\) and 2 handshakes.*3 nodes/,
  ],
  ['a later write with an unknown outcome was not executed', but(killed, unsure), 'holds', /seq 120/],
  [
    'a later write with an unknown outcome was executed',
    but(but(killed, unsure), moved),
    'holds',
    /seq 121 \(of unknown outcome/,
  ],
  [
    'a later, rejected write is not the last, even if all nodes have it',
    but(
      but(killed, ({ writes }) => ({ writes: [...writes, write(121, 12.1, B, 'rejected')] })),
      moved,
    ),
    'broken',
    /last acknowledged write, seq 120, and its handshakes\n/,
  ],
  [
    'an earlier write with an unknown outcome is not the last, even if all nodes have it',
    but(
      killed,
      states(() => ({ sharedKey: 'Writer seq 50 micros 1 timestamp 1' })),
    ),
    'broken',
    /the shared key is Writer seq 50/,
  ],
  [
    'an observer that was killed',
    but(
      but(
        killed,
        states(() => ({ handshakes: {} })),
      ),
      ({ incidents }) => ({
        incidents: [...incidents, ...OBSERVERS.map((name) => incident(name, 11, 'killed'))],
      }),
    ),
    'holds',
    /0 handshakes.*2 observers not restarted/,
  ],
  [
    'requires handshakes of observers that were stopped at the end',
    but(killed, ({ incidents }) => ({
      incidents: [...incidents, ...OBSERVERS.map((name) => incident(name, 15, 'stopped'))],
    })),
    'holds',
    /2 handshakes for it on 3 nodes$/,
  ],
  [
    'an older value on one node',
    but(
      killed,
      states((_, i) => (i === 1 ? { sharedKey: 'Writer seq 99 micros 1 timestamp 1' } : {})),
    ),
    'broken',
    /10\.0\.0\.2:7001: the shared key is Writer seq 99/,
  ],
  [
    'the right number with another time',
    but(
      killed,
      states(() => ({ sharedKey: 'Writer seq 120 micros 1 timestamp 1' })),
    ),
    'broken',
    /micros 1 /,
  ],
  [
    'no value',
    but(
      killed,
      states(() => ({ sharedKey: null })),
    ),
    'broken',
    /the shared key is absent/,
  ],
  [
    'a value of another writer',
    but(
      killed,
      states(() => ({ sharedKey: 'nonsense' })),
    ),
    'broken',
    /is nonsense/,
  ],
  [
    'the write with an unknown outcome is on one node only',
    but(
      but(killed, unsure),
      states(({ sharedKey }, i) => (i === 0 ? { sharedKey: with121(sharedKey) } : {})),
    ),
    'broken',
    /the same is true of seq 121/,
  ],
  [
    'a handshake for an older write',
    but(
      killed,
      states(({ handshakes }) => ({
        handshakes: {
          ...handshakes,
          'sync-observer': 'Handshake from sync-observer for Writer seq 119 micros 1 timestamp 1',
        },
      })),
    ),
    'broken',
    /the handshake of sync-observer is .* seq 119/,
  ],
  [
    'a handshake of the other observer',
    but(
      killed,
      states(({ handshakes }) => ({
        handshakes: { ...handshakes, 'sync-observer': handshakes['async-observer'] ?? null },
      })),
    ),
    'broken',
    /the handshake of sync-observer is Handshake from async-observer/,
  ],
  [
    'no handshake',
    but(
      killed,
      states(() => ({ handshakes: {} })),
    ),
    'broken',
    /the handshake of async-observer is absent/,
  ],
  ['nothing acknowledged', but(killed, () => ({ writes: [] })), 'unknown', /no write was acknowledged/],
  [
    'a node was not read',
    but(killed, ({ finalState }) => ({ finalState: finalState.slice(1) })),
    'unknown',
    /not read after the last heal: 10\.0\.0\.1:7001/,
  ],
]);
