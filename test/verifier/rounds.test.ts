/** Tests the verifier's results for keys that differed in the first pass. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { checkSuspects } from '../../lab/verifier/compare/rounds.ts';
import { prepareRun } from '../../lab/verifier/run.ts';
import { Progress } from '../../toolkit/progress.ts';
import { check, DBS, NONE, nodes, OPTIONS, ROUNDS, replica, set, source } from './check.ts';

/** Number of additional reads of a changing key after the rounds. */
const MAX_READS = 50;
test('a value that differs in every round is a finding, with both states and the difference', async () => {
  await set('one', 'two');
  const { pair, reads, result } = await check({});
  assert.deepEqual(pair.counts, { ...NONE, value: 1 });
  const [finding] = pair.findings.value;
  assert.deepEqual(finding?.differences.shown, [{ at: 'byte 0', source: 'one', replica: 'two' }]);
  assert.deepEqual([finding?.key.toString(), finding?.db], ['k', DBS]);
  assert.deepEqual([finding?.source.type, finding?.replica.type], ['string', 'string']);
  assert.notEqual(finding?.source.digest, finding?.replica.digest);
  assert.deepEqual(reads, [1, 1, 1]);
  assert.deepEqual([result.verdict, result.rounds, result.notes], ['different', ROUNDS, []]);
  assert.deepEqual(pair.replication, { down: [], behind: [] });
});

test('a key on which the nodes agree in a later round is no finding and is not read again', async () => {
  const { reads, result, pair } = await check({
    onRead: (read) => (read < 2 ? set('one', 'two') : set('one', 'one')),
  });
  assert.deepEqual([reads, pair.counts, result.verdict, result.rounds], [[1, 1], NONE, 'in-sync', 2]);
});

test('reports the larger number of rounds of two groups of suspects', async () => {
  await set('same', 'same');
  const { pair } = await check({ options: { rounds: 1 } });
  assert.equal(pair.rounds, 1);
  pair.rounds = 7;
  pair.suspect(Buffer.from('k'), 'source', true);
  const run = prepareRun(nodes, 'digests', OPTIONS, new Progress(undefined), new AbortController().signal);
  await checkSuspects(run, pair, DBS);
  assert.equal(pair.rounds, 7);
});

test('a key that changes on both nodes and is never equal is unsettled: the verdict is unknown', async () => {
  const { pair, reads, result } = await check({ onRead: (read) => set(`source ${read}`, `replica ${read}`) });
  assert.deepEqual([pair.counts, pair.unsettled, pair.unexplained], [NONE, 1, 0]);
  assert.equal(reads.length, ROUNDS + MAX_READS);
  assert.equal(result.verdict, 'unknown');
  assert.match(result.notes.join(), /^1 keys changed on both nodes between all reads and never agreed/);
});

test('a key that changes on both nodes and is equal once is cleared', async () => {
  for (const agreement of [ROUNDS + 1, ROUNDS + MAX_READS]) {
    const { pair, reads, result } = await check({
      onRead: (read) => set(`source ${read}`, read === agreement ? `source ${read}` : `replica ${read}`),
    });
    assert.deepEqual([pair.counts, pair.unsettled, result.verdict], [NONE, 0, 'in-sync']);
    assert.equal(reads.length, agreement);
  }
});

test('a key that changes on one node only is a finding, with the states of the last read', async () => {
  for (const [moving, still] of [
    [source, replica],
    [replica, source],
  ] as const) {
    const { pair, reads } = await check({
      onRead: (read) => Promise.all([moving.set('k', `value ${read}`), still.set('k', 'old')]),
    });
    assert.deepEqual([pair.counts, pair.unsettled], [{ ...NONE, value: 1 }, 0]);
    assert.equal(reads.length, ROUNDS + MAX_READS);
    const [finding] = pair.findings.value;
    const digest = await moving.call('DEBUG', 'DIGEST-VALUE', 'k');
    const side = moving === source ? finding?.source : finding?.replica;
    assert.deepEqual([side?.digest], [digest].flat());
  }
});

test('changes of the two nodes in different rounds count as changes of both', async () => {
  const states = [
    ['a', 'x'],
    ['b', 'x'],
    ['b', 'y'],
  ] as const;
  const { pair } = await check({
    onRead: (read) => {
      const [ofSource, ofReplica] = states[read - 1] ?? states[2];
      return set(ofSource, ofReplica);
    },
  });
  assert.deepEqual([pair.counts, pair.unsettled], [NONE, 1]);
});

test('keys on one node only, or of two types, correct the totals', async () => {
  await Promise.all([source.set('missing', 'v'), replica.set('extra', 'v')]);
  await Promise.all([source.set('type', 'v'), replica.sadd('type', 'v')]);
  await set('v', 'v', 'late on the replica');
  await set('v', 'v', 'late on the source');
  await set('one', 'two', 'late and different');
  const { pair } = await check({
    suspects: [
      { key: 'missing', common: true },
      { key: 'extra', seenOn: 'replica', common: false },
      { key: 'type' },
      { key: 'late on the replica', common: false },
      { key: 'late on the source', seenOn: 'replica', common: false },
      { key: 'late and different', seenOn: 'replica', common: false },
      { key: 'gone from both' },
    ],
  });
  assert.deepEqual(pair.counts, { missing: 1, extra: 1, type: 1, value: 1, ttl: 0 });
  // Two of the seven suspects counted as common but are not; three did not count but are.
  assert.deepEqual(pair.totals, { source: 2, replica: 0, common: 1 });
});

test('findings beyond the limit are counted, but neither described nor kept', async () => {
  let described = 0;
  const keys = ['a', 'b', 'c'];
  for (const key of keys) await set('one', 'two', key);
  const { pair, result } = await check({
    options: { maxFindings: 1 },
    suspects: keys.map((key) => ({ key })),
    onDescribe: async () => {
      described += 1;
    },
  });
  assert.deepEqual([pair.counts.value, pair.findings.value.length, described], [3, 1, 1]);
  assert.deepEqual(result.notes, ['value: 1 of 3 are listed (--max-findings)']);
});

test('a value that differs in every round and is equal when described: unknown, never in sync', async () => {
  const { pair, reads, result } = await check({
    onRead: () => set('one', 'two'),
    onDescribe: () => set('one', 'one'),
  });
  assert.deepEqual([pair.counts, pair.unexplained, pair.unsettled], [NONE, 1, 0]);
  assert.equal(reads.length, ROUNDS + 1);
  assert.equal(result.verdict, 'unknown');
  assert.match(result.notes.join(), /^the digests of 1 keys differ, but their values were equal/);
});

test('a value that becomes equal after the last round is cleared', async () => {
  const { pair, reads, result } = await check({
    onRead: (read) => set('one', read <= ROUNDS ? 'two' : 'one'),
    onDescribe: () => set('one', 'one'),
    suspects: [{ key: 'k', common: false }],
  });
  assert.deepEqual([pair.counts, pair.unexplained, result.verdict], [NONE, 0, 'in-sync']);
  assert.equal(reads.length, ROUNDS + 1);
  assert.deepEqual(pair.totals, { source: 0, replica: 0, common: 1 });
});

test('suspects are read in batches, and the progress counts them', async () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  const keys = Array.from({ length: 400 }, (_, i) => `k${i}`);
  for (const key of keys) await set('v', 'v', key);
  const { reads } = await check({
    suspects: keys.map((key) => ({ key })),
    progress: new Progress(terminal as unknown as NodeJS.WriteStream),
  });
  assert.deepEqual(reads, [200, 200]);
  const drawn = String(terminal.read());
  assert.ok(drawn.includes(`${nodes.replicas[0]?.name}: round 1, 400 keys again`), drawn);
});

test('without rounds, nothing is read', async () => {
  await set('one', 'two');
  const { reads } = await check({ options: { rounds: 0 } });
  assert.deepEqual(reads, []);
});

test('an interruption ends the pause before a round', async () => {
  const controller = new AbortController();
  const checked = check({ options: { settleMs: 600_000 }, signal: controller.signal });
  setImmediate(() => controller.abort());
  await once(controller.signal, 'abort');
  await assert.rejects(checked, { name: 'AbortError' });
});
