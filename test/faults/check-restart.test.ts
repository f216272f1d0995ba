/** Tests the checks of restored and lost data, on synthetic histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLost } from '../../lab/faults/checks/acknowledged.ts';
import { checkHistory } from '../../lab/faults/checks/check.ts';
import { checkRestart } from '../../lab/faults/checks/restart.ts';
import type { History } from '../../lab/faults/history.ts';
import { but, check } from './check-cases.ts';
import { A, allKilled, B, C, nodeKilled } from './synthetic.ts';

const all = allKilled();
check('restart', [
  [
    'all data restored',
    all,
    'holds',
    /0 of 80 persisted keys lost; .*persisted up to seq 40.*seq 45, seq 45, seq 40/,
  ],
  [
    "only the lab's own keys are recorded",
    but(all, () => ({ restoredSeq: {} })),
    'holds',
    /^0 of 80 persisted keys lost$/,
  ],
  ['only the shared key is recorded', but(all, () => ({ traffic: [] })), 'holds', /^shared key persisted/],
  [
    'a persisted key is lost',
    but(all, ({ traffic = [] }) => ({
      traffic: traffic.map((one) => ({ ...one, persistedLost: ['traffic:1:once:7'] })),
    })),
    'broken',
    /1 of 80[\s\S]*acknowledged by 10\.0\.0\.1:7001, in its snapshot, and on no node: traffic:1:once:7/,
  ],
  [
    'a node loaded an older value',
    but(all, () => ({ restoredSeq: { [A]: 45, [B]: 39, [C]: 45 } })),
    'broken',
    /10\.0\.0\.2:7001 loaded seq 39/,
  ],
  ['a node loaded no value', but(all, () => ({ restoredSeq: { [B]: null } })), 'broken', /loaded no value/],
  ['no record', but(all, () => ({ traffic: [], restoredSeq: {} })), 'unknown', /contains no snapshots/],
]);

test('applies only if one fault hit all nodes and left no reachable node', () => {
  const checked = (...changes: Partial<History['windows'][number]>[]) => {
    const windows = changes.flatMap((change) => all.windows.map((window) => ({ ...window, ...change })));
    return checkHistory({ ...all, windows }).some(({ promise }) => promise === 'restart');
  };
  assert.ok(checked({}));
  assert.ok(checked({ targets: [A], reachableNodes: [B, C] }, {}), 'one of two faults applies');
  assert.ok(checked({ targets: [A, B, C, 'writer'] }), 'all nodes and a service');
  assert.ok(!checked({ targets: [A, B] }), 'not all nodes were hit');
  assert.ok(!checked({ reachableNodes: [A] }), 'a node could be reached');
  assert.ok(!checked({ targets: [A], reachableNodes: [B, C] }));
});

test('checks restored data only after a kill of all nodes, and counts lost keys if the lab wrote any', () => {
  const guarantees = (history: History) => checkHistory(history).map(({ promise }) => promise);
  assert.deepEqual(guarantees(nodeKilled()), [
    'liveness',
    'final-state',
    'single-writer',
    'accounted',
    'write-lag',
  ]);
  assert.deepEqual(guarantees(all).slice(5), ['acknowledged', 'restart']);
  const lost = checkHistory(all).find(({ promise }) => promise === 'acknowledged');
  assert.deepEqual([lost?.verdict, lost?.summary], ['figure', '1 of 100 keys set once are on no node']);
});

test('restart: exact sums over the nodes that the lab wrote to, and the lost keys of each', () => {
  const traffic = (node: string, persisted?: number, persistedLost?: string[]) => ({
    node,
    acknowledged: 900,
    lost: [],
    ...(persisted !== undefined && { persisted }),
    ...(persistedLost && { persistedLost }),
  });
  const checked = (history: Partial<History>) => checkRestart({ ...all, restoredSeq: {}, ...history });
  assert.deepEqual(
    checked({ traffic: [traffic(A, 800, ['a', 'b']), traffic(B, 700), traffic(C, 1, ['c'])] }),
    {
      promise: 'restart',
      verdict: 'broken',
      summary: '3 of 1,501 persisted keys lost',
      evidence: [
        `acknowledged by ${A}, in its snapshot, and on no node: a, b`,
        `acknowledged by ${C}, in its snapshot, and on no node: c`,
      ],
    },
  );
  const one = checked({ traffic: [traffic(A), traffic(B, 1), traffic(C, 0, ['never persisted'])] });
  assert.deepEqual([one.verdict, one.summary], ['holds', '0 of 1 persisted key lost']);
  const summary = 'the record contains no snapshots and loaded values';
  const nothing = { promise: 'restart', verdict: 'unknown', summary, evidence: [] };
  assert.deepEqual(checked({ traffic: [traffic(A), traffic(B, 0)] }), nothing);
  const { traffic: _, ...none } = all;
  assert.deepEqual(checkRestart({ ...none, restoredSeq: {} }), nothing);
});

test('restart: checks the shared key if all nodes were read, or if one had lost it', () => {
  const checked = (history: Partial<History>) => {
    const { verdict, summary, evidence } = checkRestart({ ...all, traffic: [], ...history });
    return [verdict, verdict === 'unknown' ? '' : summary, evidence];
  };
  const unknown = ['unknown', '', []];
  const text = 'shared key persisted up to seq 40, loaded as';
  assert.deepEqual(checked({ restoredSeq: { [A]: 40, [B]: 45, [C]: 41 } }), [
    'holds',
    `${text} seq 40, seq 45, seq 41`,
    [],
  ]);
  assert.deepEqual(checked({ restoredSeq: { [A]: 39, [B]: null } }), [
    'broken',
    `${text} seq 39, no value`,
    [`${A} loaded seq 39, but seq 40 was persisted`, `${B} loaded no value, but seq 40 was persisted`],
  ]);
  assert.deepEqual(checked({ restoredSeq: { [A]: 45, [B]: 45 } }), unknown, 'one node was not read');
  const { persistedSeq, restoredSeq, ...rest } = { ...all, traffic: [] };
  assert.ok(persistedSeq && restoredSeq);
  assert.equal(checkRestart({ ...rest, restoredSeq }).verdict, 'unknown', 'no snapshot was read');
  assert.equal(checkRestart({ ...rest, persistedSeq }).verdict, 'unknown', 'no node was read');
});

test('acknowledged: exact sums, and the lost keys that each node had acknowledged', () => {
  const taken = (node: string, acknowledged: number, ...lost: string[]) => ({ node, acknowledged, lost });
  assert.deepEqual(
    countLost({ ...all, traffic: [taken(A, 1000, 'a', 'b'), taken(B, 500), taken(C, 1, 'c')] }),
    {
      promise: 'acknowledged',
      verdict: 'figure',
      summary: '3 of 1,501 keys set once are on no node',
      evidence: [`2 of 1,000 keys acknowledged by ${A}: a, b`, `1 of 1 key acknowledged by ${C}: c`],
    },
  );
  const { traffic: _, ...none } = all;
  assert.equal(countLost(none).summary, '0 of 0 keys set once are on no node');
});
