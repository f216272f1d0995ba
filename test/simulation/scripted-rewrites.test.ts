/** Tests when the writer's watch writes a value again: exact values and log lines. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SHARED_KEY } from './node.ts';
import { watcher } from './script-writer.ts';

const LOADING = 'LOADING KeyDB is loading the dataset in memory';
const [DEBUG, WARN] = [20, 40];

test('writes its newest acknowledged value again if a node has an older one', async () => {
  const { acknowledged, script, start, watch } = watcher();
  const [first, second] = [acknowledged(), acknowledged()];
  void start();
  await script.pass(1);
  script.set(SHARED_KEY, first.text);
  await script.pass(1);
  assert.deepEqual(script.logged(), [
    {
      level: WARN,
      event: 'older',
      value: first.text,
      newest: second.text,
      msg: `writer found an older value of its own under ${SHARED_KEY}, and writes its newest again`,
    },
  ]);
  assert.equal(script.node.data.get(SHARED_KEY), second.text);
  assert.deepEqual(watch.counts, { handshakes: 0, malformed: 0, rewritten: 1 });
  // Acknowledged while the read is in flight: the read is older than this one, too.
  script.set(SHARED_KEY, first.text);
  await script.pass(0.06);
  const third = acknowledged();
  await script.pass(1);
  assert.deepEqual(
    script.logged().map(({ newest }) => newest),
    [third.text],
  );
  assert.equal(script.node.data.get(SHARED_KEY), third.text);
});

test('does not write again unless the value is an older one of this run', async () => {
  const { acknowledged, history, script, start, watch } = watcher();
  void start();
  await script.pass(1);
  const leaves = async (text: string | null) => {
    script.set(SHARED_KEY, text);
    await script.pass(1);
    assert.equal(script.node.data.get(SHARED_KEY) ?? null, text);
    assert.deepEqual(script.logged(), []);
  };
  await leaves('Writer seq 1 micros 1 timestamp 0');
  const [first, second] = [acknowledged(), acknowledged()];
  await leaves('Other seq 1 micros 1 timestamp 0');
  await leaves('nonsense');
  await leaves(null);
  await leaves(second.text);
  const third = history.next();
  await leaves(third.text);
  // The write in flight repairs the key.
  await leaves(first.text);
  history.fail(third);
  assert.equal(watch.counts.rewritten, 0);
  await script.pass(20);
  assert.equal(script.node.data.get(SHARED_KEY), second.text);
});

test('continues after a failed read and a failed rewrite, which it logs at debug level', async () => {
  const { acknowledged, script, start } = watcher();
  const [first] = [acknowledged(), acknowledged()];
  script.reject(1);
  script.set(SHARED_KEY, first.text, 'none');
  void start(() => Promise.reject(new Error('Connection is closed.')));
  await script.pass(1);
  assert.deepEqual(script.logged(), [{ level: DEBUG, reason: LOADING, msg: 'read failed' }]);
  await script.pass(20);
  assert.deepEqual(script.logged().slice(1), [
    { level: DEBUG, reason: 'Connection is closed.', msg: 'read failed' },
  ]);
});

test('a defect is not handled as a failed read', async () => {
  const worker = new Worker(new URL('./defective-rewrite.js', import.meta.url));
  await assert.rejects(once(worker, 'exit'), { message: 'a defect' });
});
