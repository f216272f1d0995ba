/** Follows a key of a real node, under more writes than it reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../common/clock.ts';
import { ValueWatch, WINDOW_MICROS, WRITES_PER_WINDOW } from '../../monitor/value-watch.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';

interface Read {
  key: string;
  text: string | null;
  at?: number;
}

const currentWindow = () => Math.floor(systemClock.micros() / WINDOW_MICROS);

test('a watch of two keys', async (t) => {
  const mesh = await startMesh(t, 1);
  const [node] = mesh.nodes;
  assert.ok(node);
  const { port } = node.options;
  const client = await connect(t, port);
  const reads: Read[] = [];
  const watch = await ValueWatch.open({
    open: (onPush) => Connection.open({ host: '127.0.0.1', port, name: node.address }, { onPush }),
    keys: ['a', 'b'],
    clock: systemClock,
    onReply: (key, reply, at) => {
      const text = reply instanceof Buffer ? reply.toString() : null;
      reads.push({ key, text, ...(at !== undefined && { at }) });
    },
  });
  t.after(() => watch.close());
  await watch.poll();

  await t.test('a poll reads all keys, without a time', () => {
    assert.deepEqual(reads.splice(0), [
      { key: 'a', text: null },
      { key: 'b', text: null },
    ]);
  });

  await t.test('each change is read once, with the time of its announcement', async () => {
    for (const [key, text] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ] as const) {
      // Three changes in one window would be more than the watch reads in it.
      const last = currentWindow();
      await eventually(() => assert.ok(currentWindow() > last));
      const before = systemClock.micros();
      await client.set(key, text);
      await eventually(() => assert.equal(reads.length, 1));
      const [{ at = 0, ...read } = {}] = reads.splice(0);
      assert.deepEqual(read, { key, text });
      assert.ok(at >= before && at <= systemClock.micros());
    }
    await client.flushall();
    await eventually(() => assert.ok(reads.filter(({ text }) => text === null).length >= 2));
    reads.length = 0;
  });

  await t.test('under load, it reads a few writes of each window, and ends with the last write', async () => {
    const WRITES = 20_000;
    const start = systemClock.micros();
    const pipeline = client.pipeline();
    for (let i = 1; i <= WRITES; i += 1) pipeline.set('a', `${i}`);
    await pipeline.exec();
    await eventually(() => assert.equal(reads.at(-1)?.text, `${WRITES}`));
    const windows = Math.ceil((systemClock.micros() - start) / 100_000) + 1;
    const announced = reads.filter(({ at }) => at !== undefined);
    assert.ok(announced.length <= windows * WRITES_PER_WINDOW, `${announced.length} in ${windows} windows`);
    assert.ok(reads.length <= windows * (WRITES_PER_WINDOW + 2), `${reads.length} in ${windows} windows`);
    // After the load, the node announces each change again.
    reads.length = 0;
    await client.set('a', 'after');
    await eventually(() => assert.equal(reads.at(-1)?.text, 'after'));
  });

  await t.test('a poll fails if the connection is lost', async () => {
    await node.kill();
    await assert.rejects(() => watch.poll(), { name: 'NodeError' });
  });
});
