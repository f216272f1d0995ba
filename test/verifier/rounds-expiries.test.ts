/** Tests the verifier's results for different expiries. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, NONE, ROUNDS, replica, set, source } from './check.ts';

test('an expiry that differs by less than the tolerance is neither a difference nor a change', async () => {
  const expireAt = Date.now() + 600_000;
  const both = async (ofSource: number, ofReplica: number, values = ['v', 'v']) => {
    await set(values[0] ?? '', values[1] ?? '');
    await Promise.all([source.pexpireat('k', ofSource), replica.pexpireat('k', ofReplica)]);
  };
  const near = await check({ onRead: () => both(expireAt, expireAt + 400) });
  assert.deepEqual([near.pair.counts, near.reads], [NONE, [1]]);

  const values = ['one', 'two'];
  const jitter = await check({ onRead: (read) => both(expireAt + read, expireAt - read, values) });
  assert.deepEqual([jitter.pair.counts, jitter.reads.length], [{ ...NONE, value: 1 }, ROUNDS]);

  const moved = await check({
    onRead: (read) => both(expireAt + read * 5_000, expireAt - read * 5_000, values),
  });
  assert.deepEqual([moved.pair.counts, moved.pair.unsettled], [NONE, 1]);

  const far = await check({ onRead: () => both(expireAt, expireAt + 60_000, values) });
  assert.deepEqual(far.pair.counts, { ...NONE, value: 1, ttl: 1 });
});

test('a key on one node only that expires within the tolerance is neither a finding nor common', async () => {
  for (const node of [source, replica]) {
    await Promise.all([source.del('k'), replica.del('k')]);
    await node.set('k', 'v', 'PX', 300_000);
    const { pair, reads } = await check({ options: { ttlToleranceMs: 600_000 } });
    assert.deepEqual([pair.counts, reads], [NONE, [1]]);
    assert.deepEqual(pair.totals, { source: 0, replica: 0, common: -1 });
  }
});
