import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeRing, parseNode, parseNodes } from '../../common/nodes.ts';

const NODES = parseNodes('a:1,b:2,c:3');
const [a, b] = NODES as [(typeof NODES)[0], (typeof NODES)[0]];

/** Returns the names and waits (milliseconds) of the next tries. */
function tries(ring: NodeRing, count: number): [string, number][] {
  return Array.from({ length: count }, () => {
    const { node, waitMs } = ring.next();
    return [node.name, waitMs];
  });
}

test('parses addresses, and rejects invalid ones', () => {
  assert.deepEqual(parseNode(' keydb_01:6379 '), { host: 'keydb_01', port: 6379, name: 'keydb_01:6379' });
  assert.deepEqual(parseNode('[::1]:7001'), { host: '::1', port: 7001, name: '[::1]:7001' });
  assert.deepEqual(parseNode('a:65535'), { host: 'a', port: 65_535, name: 'a:65535' });
  for (const bad of [
    '',
    'a',
    'a:',
    ':1',
    'a:0',
    'a:65536',
    'a:1:2',
    'a b:1',
    'a:1.5',
    'redis://a:1',
    '::1:7001',
  ]) {
    assert.throws(() => parseNode(bad), /host:port with a port from 1 to 65535/, bad);
  }
  assert.throws(() => parseNode(' a '), { message: 'host:port with a port from 1 to 65535, not "a"' });
  assert.throws(() => parseNodes('a:1,,b:2'), /host:port/);
  assert.throws(() => parseNodes('a:1,b:2,a:1'), /a:1 is listed twice/);
});

test('rejects an address with a password without repeating it', () => {
  assert.throws(() => parseNode('redis://me:hunter2@a:1'), {
    message: 'host:port with a port from 1 to 65535, not "…@a:1"',
  });
  assert.throws(() => parseNodes('redis://me:hunt,er2@a:1'), {
    message: 'host:port, comma separated, without user and password',
  });
});

test('tries the nodes in order from the home node, and waits only after a whole failed round', () => {
  const ring = new NodeRing(NODES, b, () => 0);
  assert.deepEqual(tries(ring, 7), [
    ['b:2', 0],
    ['c:3', 0],
    ['a:1', 0],
    ['b:2', 50],
    ['c:3', 0],
    ['a:1', 0],
    ['b:2', 100],
  ]);
});

test('the backoff doubles after each round up to a maximum, with jitter between half and all of it', () => {
  const waits = (random: number) => tries(new NodeRing([a], a, () => random), 7).map(([, waitMs]) => waitMs);
  assert.deepEqual(waits(0), [0, 50, 100, 200, 400, 500, 500]);
  assert.deepEqual(waits(1), [0, 100, 200, 400, 800, 1000, 1000]);
});

test('a short random delay separates two nodes of one round', () => {
  assert.deepEqual(tries(new NodeRing(NODES, a, () => 1), 3), [
    ['a:1', 0],
    ['b:2', 50],
    ['c:3', 50],
  ]);
});

test('after a connection, the next loss starts a new first round from the next node', () => {
  const ring = new NodeRing(NODES, a, () => 0);
  tries(ring, 5);
  ring.worked();
  assert.deepEqual(tries(ring, 4), [
    ['c:3', 0],
    ['a:1', 0],
    ['b:2', 0],
    ['c:3', 50],
  ]);
});

test('starts with the first node if the home node is not in the list', () => {
  assert.deepEqual(tries(new NodeRing(parseNodes('c:3,a:1'), b, () => 0), 2), [
    ['c:3', 0],
    ['a:1', 0],
  ]);
});

test('is exhausted once each node was tried since one worked', () => {
  const ring = new NodeRing(NODES, a);
  tries(ring, 2);
  assert.equal(ring.exhausted, false);
  tries(ring, 1);
  assert.equal(ring.exhausted, true);
  ring.worked();
  assert.equal(ring.exhausted, false);
});
