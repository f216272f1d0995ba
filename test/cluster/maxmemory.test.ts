/** Tests nodes that reach maxmemory: they reject writes, the services report that, and continue when memory is free. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { acknowledged, lastWrite, startServices } from './team.ts';

const OOM = /^OOM command not allowed/;

test('keydb.conf limits the memory of each node, and no node evicts keys', async (t) => {
  const mesh = await startMesh(t, 1);
  const client = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  const [, limit] = await client.config('GET', 'maxmemory');
  assert.ok(Number(limit) > 0 && Number(limit) < 2 ** 30, limit);
  assert.deepEqual(await client.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction']);
});

test('services report a full node, do not exit, and continue when memory is free', async (t) => {
  const mesh = await startMesh(t, 1, { maxmemory: '16mb' });
  const { writer, observers } = startServices(t, mesh, {
    WRITE_INTERVAL_MS: '50',
    NODE_TIMEOUT_MS: '20000',
    RECHECK_INTERVAL_MS: '500',
  });
  await acknowledged(writer, 1);

  const client = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  let filled = 0;
  const fill = async () => {
    for (;;) await client.set(`filler:${filled++}`, 'x'.repeat(100_000));
  };
  await assert.rejects(fill, { message: OOM });
  // Short values may still fit, so that the node would reject some writes only.
  await client.config('SET', 'maxmemory', '15mb');
  await eventually(() => assert.match(String(writer.events.like({ event: 'lost' }).at(-1)?.reason), OOM));

  await client.del(Array.from({ length: filled }, (_, i) => `filler:${i}`));
  await acknowledged(writer, lastWrite(writer) + 5);
  for (const service of [writer, ...observers]) {
    assert.deepEqual(service.events.like({ event: 'fatal' }), []);
    await service.stop();
  }
  await mesh.complete();
});
