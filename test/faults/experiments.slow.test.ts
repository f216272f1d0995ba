/** Tests the experiments on real nodes at a small scale: only results that do not depend on timing. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { acknowledged } from '../../lab/faults/experiments/acknowledged.ts';
import { aof } from '../../lab/faults/experiments/aof.ts';
import { contended } from '../../lab/faults/experiments/contended.ts';
import { EXPERIMENTS } from '../../lab/faults/experiments/index.ts';
import { loading } from '../../lab/faults/experiments/loading.ts';
import { noForward } from '../../lab/faults/experiments/no-forward.ts';
import { restart } from '../../lab/faults/experiments/restart.ts';
import type { ExperimentContext } from '../../lab/faults/results.ts';
import type { Verdict } from '../../lab/faults/verdict.ts';
import { engine, needsMultiMaster } from '../helpers/nodes.ts';

const KEYS = 100;

async function smallContext(
  t: TestContext,
  signal: AbortSignal = t.signal,
  say: (line: string) => void = () => {},
): Promise<ExperimentContext> {
  const folder = await mkdtemp(join(tmpdir(), 'experiment-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return { engine, folder, signal, scale: 0.1, say };
}

/** Returns all numbers in a text, in order. */
function numbers(text: string | undefined): number[] {
  return Array.from(text?.replaceAll(',', '').matchAll(/\d+/g) ?? [], ([one]) => Number(one));
}

function find(verdicts: readonly Verdict[], start: string): Verdict {
  const found = verdicts.find(({ summary }) => summary.startsWith(start));
  assert.ok(found, `no ${start} among ${verdicts.map(({ summary }) => summary).join('\n')}`);
  return found;
}

test('every experiment has a unique name and a description', () => {
  const names = EXPERIMENTS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { about, seconds } of EXPERIMENTS) {
    assert.match(about, /^[A-Z].*[.?]$/);
    assert.ok(seconds <= 60);
  }
});

test('acknowledged: after a kill, another node has every write that WAIT confirmed', async (t) => {
  const verdicts = await acknowledged.run(await smallContext(t));
  assert.equal(verdicts.length, 7);
  for (const { promise, verdict, summary, evidence } of verdicts) {
    assert.deepEqual([promise, verdict], ['acknowledged', 'figure']);
    const [, count = 0, , atOnce] = numbers(evidence[0]);
    t.diagnostic(summary);
    assert.ok(count > 0, summary);
    if (!summary.startsWith('WAIT_REPLICAS=0')) assert.equal(atOnce, 0, summary);
  }
});

test('contended: keys with one writer never diverge, other keys lose writes', {
  skip: needsMultiMaster,
}, async (t) => {
  const verdicts = await contended.run(await smallContext(t));
  const own = find(verdicts, 'SET, one writing node');
  assert.deepEqual([own.promise, own.verdict], ['single-writer', 'holds'], own.evidence.join('\n'));
  for (const start of ['INCRBY', 'HSET']) {
    const { evidence } = find(verdicts, start);
    const [together, isolated, healed] = [evidence[0], evidence[3], evidence[4]].map((line) => numbers(line));
    assert.deepEqual(together, [0, KEYS, 0], evidence[0]);
    // An isolated node has only its own writes, and so has the node whose key wins after healing.
    assert.equal(isolated?.[2], KEYS, evidence[3]);
    assert.equal(healed?.[2], KEYS, evidence[4]);
  }
  const set = find(verdicts, 'SET on all nodes');
  assert.deepEqual(numbers(set.evidence[3]), [KEYS, KEYS]);
  t.diagnostic(set.summary);
});

test('restart: no persisted write is lost after a kill of all nodes', async (t) => {
  const [verdict] = await restart.run(await smallContext(t));
  assert.equal(verdict?.verdict, 'holds', verdict?.evidence.join('\n'));
  const [lost, persisted = 0] = numbers(verdict?.summary);
  assert.equal(lost, 0);
  assert.ok(persisted > 0);
});

test('aof: the file of a KeyDB node contains only its own writes, a snapshot contains all writes', async (t) => {
  const [log, snapshots] = await aof.run(await smallContext(t));
  for (const line of snapshots?.evidence ?? []) {
    const [, own, ofOwn, others, ofOthers] = numbers(line);
    assert.deepEqual([own, others], [ofOwn, ofOthers], line);
  }
  assert.equal(log?.evidence.length, 3);
  for (const line of log?.evidence ?? []) {
    const [, own, ofOwn, others, ofOthers] = numbers(line);
    assert.deepEqual([own, others], [ofOwn, engine.multiMaster ? 0 : ofOthers], line);
  }
});

test('loading: with keydb.conf, a node loses no write that a peer sends while it loads', {
  skip: needsMultiMaster,
}, async (t) => {
  const [ours, default_] = await loading.run(await smallContext(t));
  const [written = 0, missing] = numbers(ours?.summary);
  assert.ok(written > 0);
  assert.equal(missing, 0);
  t.diagnostic(default_?.summary ?? '');
});

test('no-forward: one cut link isolates two nodes only if nodes do not forward', {
  skip: needsMultiMaster,
}, async (t) => {
  const verdicts = await noForward.run(await smallContext(t));
  const [forwarding, ...others] = verdicts;
  assert.match(
    forwarding?.summary ?? '',
    /: 0 nodes hung; 0 of 100 writes do not bypass one cut link, 0 are missing after/,
  );
  assert.deepEqual(forwarding?.evidence, [
    'acknowledged by nodes that were not killed, but missing on a node at the end: 0',
  ]);
  for (const { summary } of others)
    assert.match(summary, /; 100 of 100 writes do not bypass one cut link, 0 are missing after/);
  assert.equal(others.length, 2);
});

test('an aborted experiment ends and kills its nodes', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const context = await smallContext(t, controller.signal, () =>
    setImmediate(() => controller.abort(reason)),
  );
  await assert.rejects(restart.run(context), reason);
  assert.deepEqual(await processesOf(context.folder), []);
});

/** Returns the command lines of running processes that contain a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder));
}
