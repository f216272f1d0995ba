/** Tests that the verifier detects the effects of concurrent writes on several nodes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Redis } from 'ioredis';
import { connect, needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { verifyJson } from '../helpers/verifier.ts';

const KEYS = 3000;
const BATCH = 100;

async function startThree(t: TestContext) {
  const mesh = await startMesh(t, 3);
  return { mesh, clients: await Promise.all(mesh.nodes.map((node) => connect(t, node.options.port))) };
}

/** Sets keys on all nodes at the same time. */
async function setAll(
  clients: readonly Redis[],
  isMine: (node: number, key: number) => boolean,
): Promise<void> {
  for (let start = 0; start < KEYS; start += BATCH) {
    await Promise.all(
      clients.map((client, node) => {
        const pipeline = client.pipeline();
        for (let i = start; i < start + BATCH; i++)
          if (isMine(node, i)) pipeline.set(`key:${i}`, `set on ${node}`);
        return pipeline.exec();
      }),
    );
  }
}

test('keys set on all three nodes at once: reports exactly the keys that differ', {
  skip: needsMultiMaster,
}, async (t) => {
  const { mesh, clients } = await startThree(t);
  await setAll(clients, () => true);
  const { code, json } = await verifyJson(mesh.addresses, '--max-findings', String(KEYS));
  const reported = json.pairs.map((pair) => pair.value.map(({ key }) => key).sort());
  const keys = Array.from({ length: KEYS }, (_, i) => `key:${i}`);
  const [ours, ...others] = await Promise.all(clients.map((client) => client.mget(keys)));
  const differing = others.map((theirs) => keys.filter((_, i) => theirs[i] !== ours?.[i]).sort());
  assert.deepEqual(reported, differing);
  assert.ok(new Set(reported.flat()).size > 0, 'none diverged');
  assert.equal(code, 1);
  for (const { counts, totals, verdict } of json.pairs) {
    const { value, ...others } = counts;
    assert.deepEqual(others, { missing: 0, extra: 0, type: 0, ttl: 0 });
    assert.deepEqual(totals, { source: KEYS, replica: KEYS, common: KEYS });
    assert.equal(verdict, value > 0 ? 'different' : 'in-sync');
  }
  t.diagnostic(`${new Set(reported.flat()).size} of ${KEYS} keys stay divergent`);
});

test('one writer per key: no key differs', { skip: needsMultiMaster }, async (t) => {
  const { mesh, clients } = await startThree(t);
  await setAll(clients, (node, key) => key % clients.length === node);
  const { code, json } = await verifyJson(mesh.addresses);
  assert.equal(code, 0);
  assert.deepEqual(
    json.pairs.map(({ totals }) => totals.common),
    [KEYS, KEYS],
  );
});
