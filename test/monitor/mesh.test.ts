/** The monitor on a mesh whose nodes are killed, hang, and join late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { connect, needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { assertLinted, needsPromtool } from '../helpers/scrape.ts';
import { pairsOf, RunningMonitor } from './running-monitor.ts';

test('the monitor of a mesh', { skip: needsMultiMaster }, async (t) => {
  const mesh = await startMesh(t, 3);
  const names = mesh.nodes.map(({ address }) => address);
  const [first = '', second = '', third = ''] = names;
  const [node1, node2, node3] = mesh.nodes;
  assert.ok(node1 && node2 && node3);
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: mesh.addresses, NODE_TIMEOUT_MS: '3000' });
  const others = [first, second];

  await t.test('measures canaries in each direction of each link, with losses of 0', async () => {
    await Promise.all(pairsOf(names).map(([from, to]) => monitor.receives(from, to, 2)));
    for (const [from, to] of pairsOf(names)) {
      assert.equal(await monitor.lost(from, to), 0);
      assert.ok(((await monitor.value('mesh_canary_jitter_seconds', { from, to })) ?? -1) >= 0);
      assert.ok(((await monitor.value('mesh_canary_seconds_sum', { from, to })) ?? 0) > 0);
    }
  });

  await t.test('promtool finds no problem in the metrics', { skip: needsPromtool }, async () => {
    await assertLinted(await monitor.scrape());
  });

  await t.test('shows all links up, and the confirmed offsets of all replicas', async () => {
    for (const [node, peer] of pairsOf(names)) {
      await monitor.has('keydb_link_up', { node, peer }, 1);
      await monitor.has('keydb_link_syncing', { node, peer }, 0);
      await eventually(async () =>
        assert.ok(((await monitor.value('keydb_replica_unacked_bytes', { node, peer })) ?? -1) >= 0),
      );
    }
    assert.equal((await monitor.samples('keydb_link_up')).length, 6);
  });

  await t.test('shows the write that each node contains, and none for a malformed value', async () => {
    const client = await connect(t, node1.options.port);
    await client.set('shared_key', 'Writer seq 42 micros 1725543675123456 timestamp 1725543675');
    for (const node of names) {
      await monitor.has('mesh_node_seq', { node }, 42);
      await monitor.has('mesh_node_value_timestamp_seconds', { node }, 1725543675.123456);
    }
    await client.set('shared_key', 'Python01 timestamp 1725543676');
    await monitor.has('mesh_node_value_timestamp_seconds', { node: third }, 1725543676);
    await monitor.has('mesh_node_seq', { node: third }, undefined);
    await client.set('shared_key', '"} 1\n<script>');
    await monitor.has('mesh_node_value_timestamp_seconds', { node: third }, undefined);
    await client.del('shared_key');
    await client.hset('shared_key', 'another', 'type');
    await monitor.service.events.first({ event: 'monitor-rejected', node: third });
    await monitor.has('keydb_up', { node: third }, 1);
  });

  await t.test('counts slow commands by the number of the last entry', async () => {
    const client = await connect(t, node2.options.port);
    await client.config('SET', 'slowlog-max-len', '1');
    await client.config('SET', 'slowlog-log-slower-than', '0');
    for (let i = 0; i < 5; i += 1) await client.ping();
    await client.config('SET', 'slowlog-log-slower-than', '1000000');
    const counted = () => monitor.value('keydb_slowlog_entries_total', { node: second });
    await eventually(async () => {
      const [[last] = []] = (await client.slowlog('GET', 1)) as [number][];
      assert.ok(last !== undefined && last >= 4);
      assert.equal(await counted(), last + 1);
    });
  });

  await t.test('a killed node is down, and its links are down. Its canaries are not lost', async () => {
    await node3.kill();
    await monitor.has('keydb_up', { node: third }, 0);
    assert.equal(await monitor.value('keydb_down', { node: third, reason: 'unreachable' }), 1);
    for (const node of others) await monitor.has('keydb_link_up', { node, peer: third }, 0);
    assert.deepEqual(
      (await monitor.samples('keydb_memory_used_bytes')).map(({ labels }) => labels.node),
      others,
    );
    // Longer than the deadline of the canaries that were in flight.
    await monitor.receives(first, second, 9);
    for (const [from, to] of pairsOf(names)) assert.equal(await monitor.lost(from, to), 0);
    const { events } = monitor.service;
    await events.first({ event: 'node-down', node: third, status: 'unreachable' });
    for (const node of others) await events.first({ event: 'link-down', node, peer: third });
  });

  await t.test('the node returns: it is up, and so are its links', async () => {
    await node3.start();
    await monitor.has('keydb_up', { node: third }, 1);
    assert.equal(await monitor.value('keydb_down', { node: third, reason: 'unreachable' }), undefined);
    for (const [node, peer] of pairsOf(names)) await monitor.has('keydb_link_up', { node, peer }, 1);
    await Promise.all(pairsOf(names).map(([from, to]) => monitor.receives(from, to)));
    for (const node of others) await monitor.service.events.first({ event: 'link-up', node, peer: third });
  });

  await t.test(
    'a hung node is down, and delays neither a scrape nor the canaries of other nodes',
    async () => {
      // The restart may have lost a canary that arrived with the resynchronization.
      const before = await monitor.samples('mesh_canary_lost_total');
      node3.signal('SIGSTOP');
      await monitor.has('keydb_up', { node: third }, 0);
      assert.equal(await monitor.value('keydb_down', { node: third, reason: 'timeout' }), 1);
      await monitor.receives(second, first, 7);
      assert.deepEqual(await monitor.samples('mesh_canary_lost_total'), before);
      node3.signal('SIGCONT');
      await monitor.has('keydb_up', { node: third }, 1);
    },
  );

  await t.test('stops within two seconds, with exit code 0', async () => {
    await monitor.service.stop();
    await monitor.service.events.first({ event: 'stopped' });
    monitor.assertOneLinePerChange();
    assert.equal(monitor.service.stderr, '');
  });
});

test('a node that starts after the monitor', { skip: needsMultiMaster }, async (t) => {
  const mesh = await startMesh(t, 2);
  const [early, late] = mesh.nodes;
  assert.ok(early && late);
  await late.stop();
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: mesh.addresses });
  await monitor.has('keydb_up', { node: late.address }, 0);
  await monitor.has('keydb_up', { node: early.address }, 1);
  assert.equal(
    await monitor.lost(late.address, early.address),
    undefined,
    'no node knows yet whether it accepts writes',
  );
  await late.start();
  const pairs = pairsOf([early.address, late.address]);
  for (const [node, peer] of pairs) await monitor.has('keydb_link_up', { node, peer }, 1);
  for (const [from, to] of pairs) await monitor.receives(from, to);
  // A resynchronization at the start may have lost a canary.
  const before = await monitor.samples('mesh_canary_lost_total');
  assert.equal(before.length, pairs.length);
  for (const [from, to] of pairs) await monitor.receives(from, to);
  assert.deepEqual(await monitor.samples('mesh_canary_lost_total'), before);
});
