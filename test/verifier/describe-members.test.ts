/** Differences of two hashes, sets, or sorted sets, and values that cannot be described, on real nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeMembers } from '../../lab/verifier/compare/describe-members.ts';
import { DifferenceList } from '../../lab/verifier/report/findings.ts';
import { nodes, replica, set, source } from './check.ts';
import { check, describe, plant, sides } from './describe.ts';

check('hash', [
  ['equal, in another order', [['HSET', 'a', '1', 'b', '2']], [['HSET', 'b', '2', 'a', '1']], []],
  ['a value', [['HSET', 'a', '1', 'b', '2']], [['HSET', 'a', '1', 'b', '3']], [['field b', '2', '3']]],
  [
    'an empty value against no field',
    [['HSET', 'a', '1', 'b', '']],
    [['HSET', 'a', '1']],
    [['field b', '', null]],
  ],
  [
    'a field on the replica only',
    [['HSET', 'a', '1']],
    [['HSET', 'a', '1', 'b', '2']],
    [['field b', null, '2']],
  ],
]);
check('set', [
  ['equal', [['SADD', 'a', 'b']], [['SADD', 'b', 'a']], []],
  [
    'a member on one side only',
    [['SADD', 'a', 'b']],
    [['SADD', 'a', 'c']],
    [
      ['member b', 'present', null],
      ['member c', null, 'present'],
    ],
  ],
]);
check('zset', [
  ['equal', [['ZADD', '0.1', 'a', '1', 'b']], [['ZADD', '0.1', 'a', '1', 'b']], []],
  [
    'a score, and a member on one side only',
    [['ZADD', '0.1', 'a', '1', 'b', '2', 'c']],
    [['ZADD', '0.2', 'a', '1', 'b', 'inf', 'd']],
    [
      ['member a', '0.1', '0.2'],
      ['member c', '2', null],
      ['member d', null, 'inf'],
    ],
  ],
]);

test('a value of another type cannot be shown', async () => {
  assert.deepEqual((await describe('module'))?.shown, [
    { at: 'value of type module', source: 'cannot be shown', replica: 'cannot be shown' },
  ]);
  await set('v', 'w');
  const found = new DifferenceList();
  await describeMembers(sides(), 'string', Buffer.from('k'), found);
  assert.ok(found.none);
});

test('a key whose type has changed has no description', async () => {
  for (const [type, command] of [
    ['hash', ['HSET', 'a', '1']],
    ['list', ['RPUSH', 'a']],
  ] as const) {
    for (const [node, other] of [
      [source, replica],
      [replica, source],
    ] as const) {
      await node.flushall();
      await plant(node, [[...command]]);
      await other.set('k', 'v');
      assert.equal(await describe(type), undefined);
    }
  }
});

test('an error names the node and the command', async () => {
  for (const node of [source, replica]) await node.hset('k', 'a', '1');
  for (const [node, name] of [
    [source, nodes.source.name],
    [replica, nodes.replicas[0]?.name],
  ] as const) {
    await node.call('ACL', ['SETUSER', 'default', '-hget']);
    try {
      await assert.rejects(describe('hash'), (error: Error) => {
        assert.match(error.message, /HGET/i);
        return error.message.includes(String(name));
      });
    } finally {
      await node.call('ACL', ['SETUSER', 'default', '+hget']);
    }
  }
});
