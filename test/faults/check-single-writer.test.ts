/** Tests keys that differ between nodes, on synthetic histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSingleWriter } from '../../lab/faults/checks/single-writer.ts';
import { but, check, states } from './check-cases.ts';
import { A, B, C, nodeKilled } from './synthetic.ts';

const killed = nodeKilled();

check('single-writer', [
  ['all nodes equal', killed, 'holds', /no key differs between 3 nodes/],
  [
    'the verifier found a divergent key',
    but(
      killed,
      states((_, i) => (i === 2 ? { divergentKeys: ['traffic:1:newest'] } : {})),
    ),
    'broken',
    /10\.0\.0\.3:7001 against 10\.0\.0\.1:7001: 1 key \(verifier\): traffic:1:newest/,
  ],
  [
    'the shared key differs in direct reads',
    but(
      killed,
      states((_, i) => (i === 2 ? { sharedKey: null } : {})),
    ),
    'broken',
    /the shared key differs: .*10\.0\.0\.3:7001 has no value/,
  ],
  [
    'a handshake differs in direct reads',
    but(
      killed,
      states((_, i) => (i === 0 ? { handshakes: {} } : {})),
    ),
    'broken',
    /the handshake of sync-observer differs/,
  ],
  [
    'a node was not read',
    but(killed, ({ finalState }) => ({ finalState: finalState.slice(1) })),
    'unknown',
    /not read: /,
  ],
  [
    'one node',
    but(killed, ({ finalState }) => ({ nodes: [A], finalState: finalState.slice(0, 1) })),
    'unknown',
    /1 node$/,
  ],
]);

test('single-writer: exact evidence, with the keys grouped by the nodes where they differ', () => {
  const { finalState } = killed;
  const [first, second, third] = finalState;
  assert.ok(first && second && third);
  const { 'sync-observer': handshake, ...others } = second.handshakes;
  const checked = checkSingleWriter({
    ...killed,
    finalState: [
      { ...first, sharedKey: 'x' },
      { ...second, sharedKey: 'x', handshakes: others, divergentKeys: ['k1', 'k2'] },
      { ...third, sharedKey: null, divergentKeys: ['k2', 'k3', 'k4'] },
    ],
  });
  assert.deepEqual(checked, {
    promise: 'single-writer',
    verdict: 'broken',
    summary: '4 keys divergent (verifier), 2 keys of the services divergent (direct read)',
    evidence: [
      `${B} against ${A}: 1 key (verifier): k1`,
      `${B} and ${C} against ${A}: 1 key (verifier): k2`,
      `${C} against ${A}: 2 keys (verifier): k3, k4`,
      `the shared key differs: ${A} has x; ${B} has x; ${C} has no value`,
      `the handshake of sync-observer differs: ${A} has ${handshake}; ${B} has no value; ${C} has ${handshake}`,
    ],
  });
});

test('single-writer: nodes that were not read', () => {
  const checked = (finalState: typeof killed.finalState) => checkSingleWriter({ ...killed, finalState });
  const promise = 'single-writer';
  assert.deepEqual(checked(killed.finalState.slice(0, 1)), {
    promise,
    verdict: 'unknown',
    summary: `not read: ${B}, ${C}`,
    evidence: [],
  });
  assert.deepEqual(checkSingleWriter({ ...killed, nodes: [A, B] }), {
    promise,
    verdict: 'holds',
    summary: 'no key differs between 2 nodes',
    evidence: [],
  });
  const differs = killed.finalState.slice(0, 2).map((state) => ({ ...state, sharedKey: state.node }));
  assert.equal(checked(differs).verdict, 'broken', 'a difference counts even if a node was not read');
});
