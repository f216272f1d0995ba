/** Cases about the pushes of CLIENT TRACKING, each on a real node. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { connect } from '../helpers/nodes.ts';
import type { LosingCase } from './cases-losing.ts';
import { type Scene, untilReading } from './scene.ts';

const EXPIRY_MS = 20;

const CASES: Record<string, (scene: Scene) => Promise<void>> = {
  async 'one push per read: 100 writes between two reads cause one read'(scene) {
    await scene.begin();
    scene.home.hold();
    await scene.write(2);
    await untilReading(scene.home, scene.key);
    for (let seq = 3; seq <= 100; seq += 1) await scene.write(seq);
    await scene.release(scene.home);
    await scene.events.first({ event: 'handshake', seq: 100 });
    await scene.stop();
    await scene.events.first({ event: 'stopped', ...scene.reads(2), observed: 2, conflated: 98, missed: 0 });
  },

  async 'each read enables the next push'(scene) {
    await scene.begin();
    for (const seq of [2, 3, 4]) {
      await scene.write(seq);
      await scene.events.first({ event: 'handshake', seq });
    }
    assert.deepEqual(scene.events.like({ event: 'read', caughtUp: true }).length, 1, 'the first read only');
  },

  async 'DEL: a warning, and the next write is announced'(scene) {
    await scene.begin();
    await scene.node.del(scene.key);
    const { reason } = await scene.events.first({ event: 'malformed' });
    assert.match(String(reason), /gone/);
    await announced(scene);
  },

  async 'expiry: a warning, and the next write is announced'(scene) {
    await scene.begin();
    await scene.node.pexpire(scene.key, EXPIRY_MS);
    const { reason } = await scene.events.first({ event: 'malformed' });
    assert.match(String(reason), /gone/);
    await announced(scene);
  },

  async 'another type: a warning, and the next write is announced'(scene) {
    await scene.begin();
    await scene.node.multi().del(scene.key).rpush(scene.key, 'one').exec();
    const { reason } = await scene.events.first({ event: 'malformed' });
    assert.match(String(reason), /not a string/);
    await scene.node.del(scene.key);
    await eventually(() => assert.equal(scene.events.like({ event: 'malformed', reason: GONE }).length, 1));
    await announced(scene);
  },

  async 'FLUSHALL: a warning, and the next write is announced'(scene) {
    await scene.begin();
    await scene.node.flushall();
    await scene.events.first({ event: 'malformed', reason: GONE });
    await announced(scene);
  },
};

const GONE = 'it is gone by the time of the read';

async function announced(scene: Scene): Promise<void> {
  await scene.write(2);
  await scene.events.first({ event: 'handshake', seq: 2 });
  assert.deepEqual(scene.events.like({ event: 'read', seq: 2, caughtUp: true }), []);
}

export const TRACKING: Record<string, LosingCase> = Object.fromEntries(
  Object.entries(CASES).map(([name, play]) => [`tracking: ${name}`, { channels: ['tracking'], play }]),
);

/** The home node receives a write through a link that is re-established. Only the poll finds it. */
export async function resynchronized(t: TestContext, scene: Scene, otherPort: number): Promise<void> {
  await scene.begin();
  const other = await connect(t, otherPort);
  await eventually(async () => assert.equal(await other.get(scene.key), scene.value(1)));
  const peer = ['127.0.0.1', String(otherPort)];
  await scene.node.call('REPLICAOF', 'REMOVE', ...peer);
  await other.set(scene.key, scene.value(3));
  await scene.node.call('REPLICAOF', ...peer);
  await scene.events.first({ event: 'handshake', seq: 3 });
  assert.equal(scene.events.like({ event: 'read', seq: 3, caughtUp: true, missed: 2 }).length, 1);
  await scene.write(4);
  await scene.events.first({ event: 'handshake', seq: 4 });
}
