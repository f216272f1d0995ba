/** The monitor while a replication link fails, and on layouts in which not every node accepts writes. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Mesh } from '../../operate/local/mesh.ts';
import { freePorts } from '../../toolkit/ports.ts';
import type { TcpProxy } from '../../toolkit/tcp-proxy.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, engine, openProxy, startMesh } from '../helpers/nodes.ts';
import { RunningMonitor } from './running-monitor.ts';

/** Starts two linked nodes, of which the second receives from the first through a proxy. */
async function startProxied(t: TestContext): Promise<{ mesh: Mesh; proxy: TcpProxy }> {
  const folder = await mkdtemp(join(tmpdir(), 'monitor-test-'));
  const [first = 0, second = 0] = await freePorts(2);
  const proxy = await openProxy(t, first);
  const through = { routeTo: () => ({ host: '127.0.0.1', port: proxy.port }) };
  const mesh = new Mesh({
    engine,
    ports: [first, second],
    folder,
    placeOf: (port) => (port === second ? through : {}),
  });
  t.after(async () => {
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await mesh.start();
  return { mesh, proxy };
}

test('a link over which no data arrives: its canaries are lost, before INFO reports it as down', async (t) => {
  const { mesh, proxy } = await startProxied(t);
  const [node1, node2] = mesh.nodes;
  assert.ok(node1 && node2);
  const [from, to] = [node1.address, node2.address];
  const link = { node: to, peer: from };
  const monitor = await RunningMonitor.start(t, {
    KEYDB_NODES: mesh.addresses,
    PEER_NAMES: `${proxy.address}=${from}`,
    // The canary is lost after 7 s, and the link is down after 10 s without data.
    NODE_TIMEOUT_MS: '3000',
  });
  const { events } = monitor.service;
  await monitor.receives(from, to);
  await monitor.has('keydb_link_up', link, 1);
  assert.equal(await monitor.lost(from, to), 0);

  proxy.block();
  const loss = await events.first({ event: 'canary-lost', from, to });
  await eventually(async () => assert.ok(((await monitor.lost(from, to)) ?? 0) >= 1));
  if (engine.multiMaster) assert.equal(await monitor.lost(to, from), 0);
  const down = await events.first({ event: 'link-down', ...link });
  assert.ok(Number(loss.time) < Number(down.time), 'the canary was lost before the link was down');
  assert.match(String(down.msg), /does not receive from .*, although both nodes answer/);
  await monitor.has('keydb_link_up', link, 0);

  await proxy.heal();
  await monitor.has('keydb_link_up', link, 1);
  await monitor.receives(from, to);
  await events.first({ event: 'link-up', ...link });
  await events.first({ event: 'canary-received', from, to });
  for (const event of ['canary-lost', 'canary-received'])
    assert.equal(events.like({ event }).length, 1, event);
  assert.deepEqual(events.like({ event: 'node-down' }), []);
});

test('without PEER_NAMES, a peer with an unknown address is shown by that address', async (t) => {
  const { mesh, proxy } = await startProxied(t);
  const [node1, node2] = mesh.nodes;
  assert.ok(node1 && node2);
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: mesh.addresses });
  await monitor.has('keydb_link_up', { node: node2.address, peer: proxy.address }, 1);
  await monitor.service.events.first({ event: 'peer-unknown', node: node2.address, peer: proxy.address });
});

test('a primary with read-only replicas: canaries only from the primary', async (t) => {
  const mesh = await startMesh(t, 3, {}, 'star');
  const [primary = '', ...replicas] = mesh.nodes.map(({ address }) => address);
  for (const given of [{}, { WRITE_NODES: primary }]) {
    const monitor = await RunningMonitor.start(t, { KEYDB_NODES: mesh.addresses, ...given });
    await Promise.all(replicas.map((to) => monitor.receives(primary, to, 2)));
    assert.deepEqual(
      (await monitor.samples('mesh_canary_lost_total')).map(({ labels, value }) => [labels, value]),
      replicas.map((to) => [{ from: primary, to }, 0]),
    );
    assert.deepEqual(
      (await monitor.samples('keydb_link_up')).map(({ labels, value }) => [labels, value]),
      replicas.map((node) => [{ node, peer: primary }, 1]),
    );
    for (const peer of replicas)
      await eventually(async () =>
        assert.ok(((await monitor.value('keydb_replica_unacked_bytes', { node: primary, peer })) ?? -1) >= 0),
      );
    await monitor.service.stop();
    assert.deepEqual(
      monitor.service.events.all.filter(({ level }) => Number(level) > 30),
      [],
    );
  }
});

test('one node: no links and no pairs, and the monitor sees whether it accepts writes', async (t) => {
  const mesh = await startMesh(t, 1);
  const [node] = mesh.nodes;
  assert.ok(node);
  const from = node.address;
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: from });
  const writes = (outcome: string) => monitor.value('mesh_canary_writes_total', { from, outcome });
  await eventually(async () => assert.ok(((await writes('acknowledged')) ?? 0) >= 2));
  assert.equal(await writes('rejected'), 0);
  for (const name of ['keydb_link_up', 'mesh_canary_lost_total', 'keydb_replica_unacked_bytes'])
    assert.deepEqual(await monitor.samples(name), [], name);

  const client = await connect(t, node.options.port);
  await client.config('SET', 'maxmemory', '1');
  await eventually(async () => assert.ok(((await writes('rejected')) ?? 0) >= 2));
  await monitor.has('keydb_up', { node: from }, 1);
  assert.equal(monitor.service.events.like({ event: 'canary-rejected', node: from }).length, 1);
  await client.config('SET', 'maxmemory', '0');
  const before = (await writes('acknowledged')) ?? 0;
  await eventually(async () => assert.ok(((await writes('acknowledged')) ?? 0) > before));
});
