/** Tests suspects and totals of the first pass, on real nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pair } from '../../lab/verifier/compare/pair.ts';
import { walkReplica, walkSource } from '../../lab/verifier/compare/walk.ts';
import type { Method } from '../../lab/verifier/read/key-state.ts';
import { prepareRun, type VerifyOptions } from '../../lab/verifier/run.ts';
import { callsOf, parseInfo } from '../../toolkit/node/info.ts';
import type { OpenNode } from '../../toolkit/node/nodes.ts';
import { Progress } from '../../toolkit/progress.ts';
import { nodes, OPTIONS, replica, set, source } from './check.ts';

const HOUR = 3_600_000;

interface Walk {
  method?: Method;
  options?: Partial<VerifyOptions>;
  /** Called before each request for keys, with the node and their number. */
  onPace?: (node: OpenNode, keys: number) => Promise<unknown> | undefined;
}

/** Runs the first pass over one node. @returns the suspects sorted by key, the totals, and the reported progress. */
async function walk(over: 'source' | 'replica', { method = 'digests', options, onPace }: Walk = {}) {
  const [other] = nodes.replicas;
  assert.ok(other);
  const pair = new Pair(nodes.source, other);
  const run = prepareRun(
    nodes,
    method,
    { ...OPTIONS, ...options },
    new Progress(undefined),
    new AbortController().signal,
  );
  const [took, added, relieved]: [number[], number[], Pair[]] = [[], [], []];
  run.batch.took = (ms) => void took.push(ms);
  run.progress.add = (keys) => void added.push(keys);
  run.pace = async (node, keys) => void (await onPace?.(node, keys));
  const relieve = async (one: Pair) => void relieved.push(one);
  if (over === 'source') await walkSource(run, [pair], relieve);
  else await walkReplica(run, pair, relieve);
  const suspects = pair
    .takeSuspects()
    .map(({ key, seenOn, common }) => ({ key: key.toString(), seenOn, common }))
    .sort((one, two) => (one.key < two.key ? -1 : 1));
  return { pair, suspects, totals: pair.totals, took, added, relieved };
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
const keysOf = ({ suspects }: { suspects: { key: string }[] }) => suspects.map(({ key }) => key);

test('equal keys: no suspects, and each key is counted once', async () => {
  for (let i = 0; i < 250; i++) await set('v', 'v', `k${i}`);
  const startedAt = performance.now();
  const { pair, suspects, totals, took, added, relieved } = await walk('source');
  const most = performance.now() - startedAt;
  assert.deepEqual([suspects, totals], [[], { source: 250, replica: 0, common: 250 }]);
  assert.equal(sum(added), 250);
  assert.ok(added.length > 1, 'more than one batch');
  assert.equal(took.length, added.length);
  assert.ok(
    took.every((ms) => ms >= 0 && ms <= most),
    'a batch takes no longer than the whole pass',
  );
  assert.deepEqual(
    relieved,
    added.map(() => pair),
  );
});

for (const method of ['digests', 'values'] as const) {
  test(`source, by ${method}: keys that are missing or different on the replica`, async () => {
    await Promise.all([source.set('missing', 'v'), replica.set('extra', 'v')]);
    await set('one', 'two', 'value');
    await set('v', 'v', 'same');
    const { suspects, totals } = await walk('source', { method });
    assert.deepEqual(suspects, [
      { key: 'missing', seenOn: 'source', common: false },
      { key: 'value', seenOn: 'source', common: true },
    ]);
    assert.deepEqual(totals, { source: 3, replica: 0, common: 2 });
  });

  test(`source, by ${method}: expiries that differ by more than the tolerance`, async () => {
    const at = Date.now() + HOUR;
    for (const [key, ofSource, ofReplica] of [
      ['apart', at, at + 60_000],
      ['close', at, at + 300],
      ['source only', at, undefined],
      ['replica only', undefined, at],
      ['never', undefined, undefined],
    ] as const) {
      await set('v', 'v', key);
      if (ofSource) await source.pexpireat(key, ofSource);
      if (ofReplica) await replica.pexpireat(key, ofReplica);
    }
    const found = await walk('source', { method });
    assert.deepEqual(keysOf(found), ['apart', 'replica only', 'source only']);
    assert.ok(found.suspects.every(({ seenOn, common }) => seenOn === 'source' && common));
    assert.deepEqual(found.totals, { source: 5, replica: 0, common: 5 });
    const wide = await walk('source', { method, options: { ttlToleranceMs: 120_000 } });
    assert.deepEqual(keysOf(wide), ['replica only', 'source only']);
  });
}

test('source: ignores a key that was deleted after SCAN returned it', async () => {
  await set('v', 'v', 'stays');
  await set('v', 'v', 'gone');
  const { suspects, totals } = await walk('source', {
    onPace: (node) => (node === nodes.source ? undefined : source.del('gone')),
  });
  assert.deepEqual([suspects, totals], [[], { source: 1, replica: 0, common: 1 }]);
});

test('source: paces both nodes by the number of requested keys', async () => {
  for (let i = 0; i < 20; i++) await set('v', 'v', `k${i}`);
  const asked = { source: 0, replica: 0 };
  const { added } = await walk('source', {
    onPace: (node, keys) => {
      asked[node === nodes.source ? 'source' : 'replica'] += keys;
      return undefined;
    },
  });
  assert.equal(asked.replica, 20);
  assert.ok(asked.source >= 20 && asked.source % 100 === 0, `SCAN asks for batches: ${asked.source}`);
  assert.equal(sum(added), 20);
});

test('compares only matching keys', async () => {
  await Promise.all([
    source.set('a1', 'v'),
    source.set('b1', 'v'),
    replica.set('a2', 'v'),
    replica.set('b2', 'v'),
  ]);
  assert.deepEqual(keysOf(await walk('source', { options: { match: 'a*' } })), ['a1']);
  assert.deepEqual(keysOf(await walk('replica', { options: { match: 'a*' } })), ['a2']);
  assert.deepEqual(keysOf(await walk('source')), ['a1', 'b1']);
});

test('replica: finds keys that the source does not have', async () => {
  await set('v', 'w', 'both');
  await Promise.all([source.set('missing', 'v'), replica.set('extra', 'v')]);
  const asked: [boolean, number][] = [];
  const { pair, suspects, totals, added, relieved } = await walk('replica', {
    onPace: async (node, keys) => void asked.push([node === nodes.source, keys]),
  });
  assert.deepEqual(suspects, [{ key: 'extra', seenOn: 'replica', common: false }]);
  assert.deepEqual(totals, { source: 0, replica: 2, common: 0 });
  assert.equal(sum(added), 2);
  assert.deepEqual(
    relieved,
    added.map(() => pair),
  );
  assert.equal(sum(asked.flatMap(([ofSource, keys]) => (ofSource ? keys : []))), 2);
});

test('replica: sends one request per batch while the source has all its keys', async () => {
  for (let i = 0; i < 20; i++) await set('v', 'v', `k${i}`);
  await source.config('RESETSTAT');
  const { suspects, added } = await walk('replica');
  assert.deepEqual(suspects, []);
  assert.equal(sum(added), 20);
  assert.equal(callsOf(parseInfo(await source.info('commandstats')), 'exists'), added.length);
});
