/** Tests nodes with continuous writes: data in flight is not a finding. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { eventually } from '../helpers/eventually.ts';
import { connect, needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { insertAs } from '../helpers/test-data.ts';
import { verifyJson } from '../helpers/verifier.ts';

/** Writes continuously until stopped. */
function writeOn(client: Redis, name: string) {
  let running = true;
  let i = 0;
  const work = (async () => {
    for (; running; i++) {
      await client
        .pipeline()
        .set(`${name}:hot`, `value ${i}`)
        .set(`${name}:${i % 500}`, `value ${i}`)
        .set(`${name}:expiring:${i % 100}`, 'v', 'PX', 20 + (i % 50))
        .hset(`${name}:hash`, `field ${i % 10}`, String(i))
        .rpush(`${name}:list:${i % 50}`, `item ${i}`)
        .zincrby(`${name}:sorted`, 1, `member ${i % 5}`)
        .del(`${name}:${(i + 250) % 500}`)
        .exec();
      await turn();
    }
  })();
  return {
    rounds: () => i,
    stop: () => {
      running = false;
      return work;
    },
  };
}

async function findsNothing(
  t: TestContext,
  addresses: string,
  writers: Redis[],
  ...args: string[]
): Promise<void> {
  const traffic = writers.map((client, i) => writeOn(client, `written:${i}`));
  const stop = () => Promise.all(traffic.map((one) => one.stop()));
  t.after(stop);
  const rounds = () => traffic.map((one) => one.rounds());
  // Every key has been written.
  await eventually(() => assert.ok(rounds().every((count) => count > 500)));
  const before = rounds();
  const { code, json } = await verifyJson(addresses, ...args);
  assert.deepEqual(
    json.pairs.map(({ verdict, counts }) => ({ verdict, counts })),
    json.pairs.map(() => ({
      verdict: 'in-sync',
      counts: { missing: 0, extra: 0, type: 0, value: 0, ttl: 0 },
    })),
  );
  assert.equal(code, 0);
  assert.ok(json.pairs.every(({ totals }) => totals.common >= 2000));
  const after = rounds();
  assert.ok(
    after.every((count, i) => count > (before[i] ?? 0)),
    `written: ${before} before, ${after} after`,
  );
  await stop();
}

test('continuous writes on the source cause no finding, by digests', async (t) => {
  const mesh = await startMesh(t, 3);
  const [source] = mesh.nodes;
  assert.ok(source);
  await insertAs(source, 'still:', 2000, Date.now());
  await findsNothing(t, mesh.addresses, [await connect(t, source.options.port)]);
});

test('continuous writes on the source cause no finding, by values', async (t) => {
  const mesh = await startMesh(t, 2);
  const [source] = mesh.nodes;
  assert.ok(source);
  await insertAs(source, 'still:', 2000, Date.now());
  await findsNothing(t, mesh.addresses, [await connect(t, source.options.port)], '--values');
});

test('continuous writes on all nodes of a mesh cause no finding', { skip: needsMultiMaster }, async (t) => {
  const mesh = await startMesh(t, 3);
  const [source] = mesh.nodes;
  assert.ok(source);
  await insertAs(source, 'still:', 2000, Date.now());
  const writers = await Promise.all(mesh.nodes.map((node) => connect(t, node.options.port)));
  await findsNothing(t, mesh.addresses, writers);
});
