/** Creates each kind of difference between otherwise equal nodes, and expects exactly this finding. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Redis } from 'ioredis';
import { connect } from '../helpers/nodes.ts';
import { insertAs } from '../helpers/test-data.ts';
import { addressesOf, type JsonPair, startSeparate, verifyJson } from '../helpers/verifier.ts';
import { CASES } from './cases.ts';

const KEYS = 1000;
const HOUR = 3_600_000;

interface Two {
  addresses: string;
  source: Redis;
  replica: Redis;
  /** Empties both nodes and fills them with the same test data. */
  startOver: () => Promise<void>;
  check: (...args: string[]) => Promise<JsonPair>;
}

async function startTwo(t: TestContext, method: string): Promise<Two> {
  const nodes = await startSeparate(t, 2);
  const [source, replica] = await Promise.all(nodes.map((node) => connect(t, node.options.port)));
  assert.ok(source && replica);
  const addresses = addressesOf(nodes);
  return {
    addresses,
    source,
    replica,
    async startOver() {
      const now = Date.now();
      await Promise.all([source.flushall(), replica.flushall()]);
      await Promise.all(nodes.map((node) => insertAs(node, 'same:', KEYS, now)));
    },
    async check(...args) {
      const { code, json } = await verifyJson(
        addresses,
        ...(method === 'values' ? ['--values'] : []),
        ...args,
      );
      const [pair] = json.pairs;
      assert.ok(pair);
      assert.equal(code, pair.verdict === 'in-sync' ? 0 : 1);
      return pair;
    },
  };
}

function kinds({ missing, extra, type, value, ttl }: JsonPair) {
  return { missing, extra, type, value, ttl };
}

for (const method of ['digests', 'values']) {
  test(`differences, by ${method}`, async (t) => {
    const two = await startTwo(t, method);
    const { source, replica, startOver, check } = two;

    for (const { name, plant, expected } of CASES) {
      await t.test(name, async () => {
        await startOver();
        await plant(source, replica);
        const pair = await check();
        const nothing = { missing: [], extra: [], type: [], value: [], ttl: [] };
        assert.deepEqual(kinds(pair), { ...nothing, ...expected });
        assert.equal(pair.verdict, Object.keys(expected).length === 0 ? 'in-sync' : 'different');
        const [sourceKeys, replicaKeys] = await Promise.all([source.dbsize(), replica.dbsize()]);
        const common = sourceKeys - pair.missing.length;
        assert.deepEqual(pair.totals, { source: sourceKeys, replica: replicaKeys, common });
      });
    }

    await t.test('finds different times to live', async () => {
      await startOver();
      await plantExpiries(two, Date.now());
      const pair = await check();
      assert.deepEqual(
        pair.value.map(({ key }) => key),
        ['value too'],
      );
      const found = new Map(pair.ttl.map((finding) => [finding.key, finding]));
      assert.deepEqual([...found.keys()].sort(), ['apart', 'one only', 'value too']);
      assert.equal(found.get('one only')?.source, null);
      const { source: early, replica: late } = found.get('apart') ?? {};
      assert.ok(Math.abs((late ?? 0) - (early ?? 0) - HOUR) < 1000);
      const strict = await check('--ttl-tolerance', '100');
      assert.equal(strict.counts.ttl, 4);
    });

    await t.test('finds a difference in another database', async (t) => {
      await startOver();
      const other = await connect(t, source.options.port ?? 0, { db: 5 });
      await other.set('k', 'v');
      assert.deepEqual((await check()).missing, [{ db: 5, key: 'k', type: 'string' }]);
      assert.equal((await check('--db', '0')).verdict, 'in-sync');
      assert.equal((await check('--db', '5')).verdict, 'different');
    });

    await t.test('compares only matching keys', async () => {
      await startOver();
      await source.set('k', 'v');
      const pair = await check('--match', 'same:*');
      assert.equal(pair.verdict, 'in-sync');
      // With --match, SCAN may return a key twice.
      assert.ok(pair.totals.common >= KEYS, `${pair.totals.common}`);
    });

    await t.test('ignores expired keys, and keys about to expire', async () => {
      await startOver();
      await source.set('soon', 'v', 'PX', 500);
      await replica.set('gone', 'v', 'PX', 1);
      assert.equal((await check()).verdict, 'in-sync');
    });

    await t.test('counts more findings than it lists', async () => {
      await startOver();
      await replica.flushall();
      const pair = await check('--max-findings', '10');
      assert.deepEqual([pair.missing.length, pair.counts.missing], [10, KEYS]);
      assert.deepEqual(pair.totals, { source: KEYS, replica: 0, common: 0 });
    });
  });
}

async function plantExpiries({ source, replica }: Two, now: number): Promise<void> {
  for (const node of [source, replica]) {
    for (const key of ['close', 'apart', 'one only', 'value too']) await node.set(key, 'v');
  }
  await source.pexpireat('close', now + HOUR);
  await replica.pexpireat('close', now + HOUR + 300);
  await source.pexpireat('apart', now + HOUR);
  await replica.pexpireat('apart', now + 2 * HOUR);
  await replica.pexpireat('one only', now + HOUR);
  await source.set('value too', 'w', 'PX', HOUR);
}
