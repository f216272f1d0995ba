/** Keys that differ between nodes, on made-up histories. */
import { but, check, states } from './judge-cases.ts';
import { A, nodeKilled } from './made-up.ts';

const killed = nodeKilled();

check('single-writer', [
  ['all the same', killed, 'holds', /no key differs between 3 nodes/],
  [
    'the verifier found a key',
    but(
      killed,
      states((_, i) => (i === 2 ? { divergentKeys: ['traffic:1:newest'] } : {})),
    ),
    'broken',
    /10\.0\.0\.3:7001 against 10\.0\.0\.1:7001: 1 key \(verifier\): traffic:1:newest/,
  ],
  [
    'the shared key as read',
    but(
      killed,
      states((_, i) => (i === 2 ? { sharedKey: null } : {})),
    ),
    'broken',
    /the shared key differs: .*10\.0\.0\.3:7001 has none/,
  ],
  [
    'a handshake as read',
    but(
      killed,
      states((_, i) => (i === 0 ? { handshakes: {} } : {})),
    ),
    'broken',
    /the handshake of sync-observer differs/,
  ],
  [
    'a node was not looked at',
    but(killed, ({ finalState }) => ({ finalState: finalState.slice(1) })),
    'unknown',
    /nobody looked/,
  ],
  [
    'one node',
    but(killed, ({ finalState }) => ({ nodes: [A], finalState: finalState.slice(0, 1) })),
    'unknown',
    /1 node$/,
  ],
]);
