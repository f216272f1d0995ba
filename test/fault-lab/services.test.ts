/** What the fault lab found the services to owe: a node that refuses writes is one to leave. */
import { test } from 'node:test';
import { connect, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

test('a node without memory: services go on with the next node, and the writer tells which write was refused', async (t) => {
  const [full, other] = await Promise.all([startMesh(t, 1), startMesh(t, 1)]);
  const [node] = full.nodes;
  const client = await connect(t, node?.options.port ?? 0);
  await client.set('shared_key', `Somebody timestamp ${Math.floor(Date.now() / 1000)}`);
  await client.config('SET', 'maxmemory', '1');
  const settings = {
    KEYDB_NODES: `${full.addresses},${other.addresses}`,
    HOME_NODE: full.addresses,
    WRITE_INTERVAL_MS: '50',
    LOG_LEVEL: 'debug',
  };
  const writer = new RunningService(t, 'writer', settings);
  await writer.events.first({ event: 'write-failed', node: full.addresses, seq: 1, refused: true });
  await writer.events.first({ event: 'write', node: other.addresses });
  for (const name of ['sync-observer', 'async-observer'] as const) {
    const observer = new RunningService(t, name, settings);
    await observer.events.first({ event: 'lost', node: full.addresses });
    await observer.events.first({ event: 'handshake', node: other.addresses });
    await observer.stop();
  }
  await writer.stop();
});
