/** Tests the three services as processes: on a mesh, or on a primary with replicas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OBSERVERS, SERVICE_TABLE } from '../../common/services.ts';
import { parseInfo } from '../../toolkit/node/info.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { acknowledged, lastWrite, settled, startServices } from './team.ts';

/** The index of each observer's home node. */
const homes = OBSERVERS.map((name) => SERVICE_TABLE[name].home - 1);

test('a write on node 1 is observed once on nodes 2 and 3, and both handshakes reach the writer', async (t) => {
  const mesh = await startMesh(t, 3);
  const { observers, writer } = startServices(t, mesh, {
    WRITE_INTERVAL_MS: '100',
    NODE_TIMEOUT_MS: '20000',
    RECHECK_INTERVAL_MS: '0',
  });
  for (const observer of OBSERVERS) await writer.events.first({ event: 'handshake', observer });
  const writes = 10;
  await acknowledged(writer, lastWrite(writer) + writes);
  for (const [i, observer] of observers.entries()) {
    const node = mesh.nodes[homes[i] ?? 0]?.address;
    // The observer's output can arrive after the writer's.
    await observer.events.first({ event: 'read', node });
    const reads = observer.events.like({ event: 'read' });
    assert.deepEqual([...new Set(reads.map((read) => read.node))], [node]);
    const seqs = reads.map(({ seq }) => Number(seq));
    assert.deepEqual([...new Set(seqs)], seqs, 'no write is observed twice');
    const conflated = reads.reduce((sum, { conflated = 0 }) => sum + Number(conflated), 0);
    const first = seqs[0] ?? 0;
    assert.equal(
      seqs.length + conflated,
      (seqs.at(-1) ?? 0) - first + 1,
      'each write since the first is observed or conflated',
    );
  }
  await writer.stop();
  const last = lastWrite(writer);
  await settled(t, mesh, last);
  for (const observer of observers) await observer.stop();
});

test('update_interval, set on any node, changes the interval of the writer', async (t) => {
  const mesh = await startMesh(t, 3);
  const { writer, observers } = startServices(t, mesh, { WRITE_INTERVAL_MS: '3600000' });
  await writer.events.first({ event: 'write', seq: 1 });
  // Replicas accept no writes.
  const nodes = mesh.layout === 'mesh' ? mesh.nodes : mesh.nodes.slice(0, 1);
  for (const [i, { options }] of nodes.entries()) {
    const node = await connect(t, options.port);
    const writes = lastWrite(writer);
    await node.set('update_interval', `${i + 1}`);
    await writer.events.first({ event: 'interval', intervalMs: (i + 1) * 1_000, source: 'update_interval' });
    await acknowledged(writer, writes + 1);
  }
  const node = await connect(t, nodes[0]?.options.port ?? 0);
  await node.lpush('other', 'x');
  await node.rename('other', 'update_interval');
  await writer.events.first({ event: 'malformed', key: 'update_interval' });
  await writer.events.first({ event: 'interval', intervalMs: 3_600_000, source: 'WRITE_INTERVAL_MS' });
  for (const service of [writer, ...observers]) await service.stop();
});

test('after kill -9 of each node in turn, all services fail over, catch up, and acknowledge the last write', {
  skip: needsMultiMaster,
}, async (t) => {
  const mesh = await startMesh(t, 3);
  const { observers, writer } = startServices(t, mesh, { WRITE_INTERVAL_MS: '50' });
  const services = [writer, ...observers];
  for (const observer of OBSERVERS) await writer.events.first({ event: 'handshake', observer });

  for (const node of mesh.nodes) {
    const users = services.filter(
      ({ events }) => events.like({ event: 'connected' }).at(-1)?.node === node.address,
    );
    assert.ok(users.length > 0, `no service uses ${node.address}`);
    const connections = users.map(({ events }) => events.like({ event: 'connected' }).length);
    await node.kill();
    for (const [i, { events }] of users.entries()) {
      await eventually(() => assert.ok(events.like({ event: 'connected' }).length > (connections[i] ?? 0)));
      assert.notEqual(events.like({ event: 'connected' }).at(-1)?.node, node.address);
    }
    await acknowledged(writer, lastWrite(writer) + 1);
    await node.start();
    await mesh.complete();
  }
  await settled(t, mesh, lastWrite(writer));
  for (const service of services) await service.stop();
});

test('after a full resync under writes, all nodes have the last write and its handshakes', async (t) => {
  const mesh = await startMesh(t, 3, { 'repl-backlog-size': '64kb' });
  const [first, second, third] = mesh.nodes;
  assert.ok(first && second && third);
  const { writer, observers, settings } = startServices(t, mesh, {
    WRITE_INTERVAL_MS: '10',
    RECHECK_INTERVAL_MS: '500',
  });
  for (const observer of OBSERVERS) await writer.events.first({ event: 'handshake', observer });

  const sources = mesh.layout === 'mesh' ? [first, second] : [first];
  const peers = await Promise.all(sources.map((node) => connect(t, node.options.port)));
  const fullResyncs = async () => {
    const infos = await Promise.all(peers.map((peer) => peer.info('stats')));
    return infos.reduce((sum, info) => sum + Number(parseInfo(info).fields.get('sync_full')), 0);
  };
  const before = await fullResyncs();
  third.signal('SIGSTOP');
  // Cut before the backlog overflows: over an open link, the stopped node's socket would buffer all of it, and after
  // SIGCONT the node would need no more than a partial resynchronization.
  for (const peer of peers) await peer.call('CLIENT', 'KILL', 'TYPE', 'replica');
  for (const peer of peers) {
    await eventually(async () => assert.equal(parseInfo(await peer.info('replication')).replicas.length, 1));
  }
  for (let i = 0; i < 200; i += 1) await peers[0]?.set(`filler:${i}`, 'x'.repeat(1024));
  third.signal('SIGCONT');
  await eventually(async () => assert.ok((await fullResyncs()) > before, 'no full resync yet'));
  await mesh.complete();
  await writer.stop();

  // A writer with an interval of an hour still protects its last write.
  const last = new RunningService(t, 'writer', { ...settings, WRITE_INTERVAL_MS: '3600000' });
  const { seq } = await last.events.first({ event: 'write' });
  assert.ok(Number(seq) > lastWrite(writer), 'a restarted writer continues its numbers');
  await settled(t, mesh, Number(seq));
  for (const service of [last, ...observers]) await service.stop();
});
