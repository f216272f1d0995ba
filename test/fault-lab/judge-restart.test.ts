/** What all nodes come back with, and what is lost for good, on made-up histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { History } from '../../fault-lab/history.ts';
import { judge } from '../../fault-lab/judge/judge.ts';
import { but, check } from './judge-cases.ts';
import { A, allKilled, B, C, nodeKilled } from './made-up.ts';

const all = allKilled();
check('restart', [
  [
    'all came back',
    all,
    'holds',
    /0 of 80 persisted keys gone; .*persisted up to seq 40.*seq 45, seq 45, seq 40/,
  ],
  ['only the traffic tells', but(all, () => ({ restoredSeq: {} })), 'holds', /^0 of 80 persisted keys gone$/],
  ['only the shared key tells', but(all, () => ({ traffic: [] })), 'holds', /^shared key persisted/],
  [
    'a persisted key is gone',
    but(all, ({ traffic = [] }) => ({
      traffic: traffic.map((one) => ({ ...one, persistedLost: ['traffic:1:once:7'] })),
    })),
    'broken',
    /1 of 80[\s\S]*acknowledged by 10\.0\.0\.1:7001, in its snapshot, and on no node: traffic:1:once:7/,
  ],
  [
    'a node came back with an older value',
    but(all, () => ({ restoredSeq: { [A]: 45, [B]: 39, [C]: 45 } })),
    'broken',
    /10\.0\.0\.2:7001 came back with seq 39/,
  ],
  [
    'a node came back with none',
    but(all, () => ({ restoredSeq: { [B]: null } })),
    'broken',
    /came back with no value/,
  ],
  ['nobody looked', but(all, () => ({ traffic: [], restoredSeq: {} })), 'unknown', /nobody looked/],
]);

test('restart is judged only where one fault hit all nodes and left none to reach', () => {
  const judged = (...changes: Partial<History['windows'][number]>[]) => {
    const windows = changes.flatMap((change) => all.windows.map((window) => ({ ...window, ...change })));
    return judge({ ...all, windows }).some(({ promise }) => promise === 'restart');
  };
  assert.ok(judged({}));
  assert.ok(judged({ targets: [A], reachableNodes: [B, C] }, {}), 'one of two faults');
  assert.ok(judged({ targets: [A, B, C, 'writer'] }), 'and a service');
  assert.ok(!judged({ targets: [A, B] }), 'not all nodes were hit');
  assert.ok(!judged({ reachableNodes: [A] }), 'a node could be reached');
  assert.ok(!judged({ targets: [A], reachableNodes: [B, C] }));
});

test('restart is judged only where all nodes were killed; what was lost is counted where the lab wrote', () => {
  const promises = (history: History) => judge(history).map(({ promise }) => promise);
  assert.deepEqual(promises(nodeKilled()), [
    'liveness',
    'final-state',
    'single-writer',
    'accounted',
    'write-lag',
  ]);
  assert.deepEqual(promises(all).slice(5), ['acknowledged', 'restart']);
  const lost = judge(all).find(({ promise }) => promise === 'acknowledged');
  assert.deepEqual([lost?.verdict, lost?.summary], ['figure', '1 of 100 keys set once are on no node']);
});
