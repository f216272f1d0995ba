/** Names of the nodes at the ends of a replication link. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linksOf, replicasOf } from '../../monitor/links.ts';
import type { NodeState } from '../../monitor/mesh-state.ts';
import { parseInfo } from '../../toolkit/node/info.ts';

/** Returns a node that reports these masters and replicas. */
function node(
  name: string,
  masters: string[],
  replicas: string[] = [],
  port = name.split(':')[1],
): NodeState {
  const lines = [
    `tcp_port:${port}`,
    'master_repl_offset:100',
    ...masters.flatMap((address, i) => {
      const [host, port] = address.split(':');
      const prefix = i === 0 ? 'master' : `master_${i}`;
      return [`${prefix}_host:${host}`, `${prefix}_port:${port}`, `${prefix}_link_status:up`];
    }),
    ...replicas,
  ];
  const info = parseInfo(lines.join('\r\n'));
  return {
    name,
    status: 'up',
    reason: '',
    since: 0,
    canary: true,
    reading: { info, pingSeconds: 0, rejections: [] },
  };
}

const peers = (nodes: NodeState[], names: Record<string, string> = {}) =>
  linksOf(nodes, new Map(Object.entries(names))).map(({ node, peer }) => `${node} < ${peer}`);

test('a peer has the name of the node with the same address, else of the only other node with the same port', () => {
  assert.deepEqual(peers([node('a:1', ['b:2']), node('b:2', ['a:1'])]), ['a:1 < b:2', 'b:2 < a:1']);
  assert.deepEqual(peers([node('a:1', ['10.0.0.2:2']), node('b:2', ['10.0.0.1:1'])]), [
    'a:1 < b:2',
    'b:2 < a:1',
  ]);
  assert.deepEqual(peers([node('a:1', ['10.0.0.2:9']), node('b:2', [], [], '9')]), ['a:1 < b:2']);
});

test('PEER_NAMES names peers whose port is not unique', () => {
  const nodes = [
    node('a:6379', ['10.0.0.2:6379', '10.0.0.3:6379']),
    node('b:6379', ['10.0.0.1:6379']),
    node('c:6379', []),
  ];
  assert.deepEqual(peers(nodes), [
    'a:6379 < 10.0.0.2:6379',
    'a:6379 < 10.0.0.3:6379',
    'b:6379 < 10.0.0.1:6379',
  ]);
  const names = { '10.0.0.1:6379': 'a:6379', '10.0.0.2:6379': 'b:6379', '10.0.0.3:6379': 'c:6379' };
  assert.deepEqual(peers(nodes, names), ['a:6379 < b:6379', 'a:6379 < c:6379', 'b:6379 < a:6379']);
});

test('two peers never get the same name', () => {
  assert.deepEqual(peers([node('a:1', ['10.0.0.2:2', '10.0.0.3:2']), node('b:2', [])]), [
    'a:1 < 10.0.0.2:2',
    'a:1 < 10.0.0.3:2',
  ]);
});

test('a replica has a lag after its first confirmation', () => {
  const lines = [
    'slave0:ip=10.0.0.2,port=2,state=online,offset=90,lag=1',
    'slave1:ip=10.0.0.3,port=3,state=online,offset=0,lag=0',
    'slave2:ip=10.0.0.4,port=4,state=wait_bgsave,offset=50,lag=0',
  ];
  assert.deepEqual(replicasOf([node('a:1', [], lines), node('b:2', [])], new Map()), [
    { node: 'a:1', peer: 'b:2', unackedBytes: 10, ackAgeSeconds: 1 },
  ]);
});

test('a node that does not answer has no links', () => {
  const { reading, ...down } = node('a:1', ['b:2']);
  assert.ok(reading);
  assert.deepEqual(peers([{ ...down, status: 'timeout' }, node('b:2', ['a:1'])]), ['b:2 < a:1']);
});
