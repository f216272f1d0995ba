/** Tests how clients of node-redis are made; the contract tests show what they do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessOf } from '../../common/client-options.ts';
import { parseNode } from '../../common/nodes.ts';
import { redisClient } from '../../common/redis-client.ts';
import { readSettings } from '../../common/settings.ts';

test('clients of different nodes share one class, which takes 100 ms to build', () => {
  const access = accessOf(readSettings({}, 'async-observer'));
  const [one, other] = ['127.0.0.1:7001', '127.0.0.1:7002'].map((name) =>
    redisClient(parseNode(name), access),
  );
  assert.equal(one?.constructor, other?.constructor);
  assert.notEqual(one, other);
});
