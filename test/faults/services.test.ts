/** Tests what the fault lab requires of the services: failover from a node that rejects writes, and complete logs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OBSERVERS } from '../../common/services.ts';
import { Recorder } from '../../lab/faults/services/recorder.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

test('services fail over from a node without memory, and the writer logs the rejected write', async (t) => {
  const [full, other] = await Promise.all([startMesh(t, 1), startMesh(t, 1)]);
  const [node] = full.nodes;
  const client = await connect(t, node?.options.port ?? 0);
  await client.set('shared_key', `Other timestamp ${Math.floor(Date.now() / 1000)}`);
  await client.config('SET', 'maxmemory', '1');
  const settings = {
    KEYDB_NODES: `${full.addresses},${other.addresses}`,
    HOME_NODE: full.addresses,
    WRITE_INTERVAL_MS: '50',
    NODE_TIMEOUT_MS: '20000',
    LOG_LEVEL: 'debug',
  };
  const writer = new RunningService(t, 'writer', settings);
  await writer.events.first({ event: 'write-failed', node: full.addresses, seq: 1, refused: true });
  await writer.events.first({ event: 'write', node: other.addresses });
  for (const name of OBSERVERS) {
    const observer = new RunningService(t, name, settings);
    await observer.events.first({ event: 'lost', node: full.addresses });
    await observer.events.first({ event: 'handshake', node: other.addresses });
    await observer.stop();
  }
  await writer.stop();
});

for (const replicas of [1, 2]) {
  test(`records the writer's confirmations with WAIT_REPLICAS=${replicas}`, async (t) => {
    const { addresses } = await startMesh(t, 3);
    const writer = new RunningService(t, 'writer', {
      KEYDB_NODES: addresses,
      WRITE_INTERVAL_MS: '50',
      WAIT_REPLICAS: String(replicas),
    });
    const { seq } = await writer.events.first({ event: 'confirmed', nodes: replicas });
    await writer.stop();
    const recorder = new Recorder(() => {});
    for (const line of writer.events.all) recorder.line('writer', JSON.stringify(line));
    const write = recorder.writes.find((one) => one.seq === seq);
    assert.equal(write?.confirmed, replicas);
  });
}
