/** End-to-end tests of faults: real faults on real nodes, healed, recorded, and checked. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FaultRun } from '../../lab/faults/results.ts';
import type { Promised, Verdict } from '../../lab/faults/verdict.ts';
import { needsMultiMaster } from '../helpers/nodes.ts';
import { folderOf, needsNamespaces, noProc, nothingLeft, runLab, says, startLab } from './lab.ts';

function verdictsOf({ results }: FaultRun, fault: string): Map<Promised, Verdict> {
  const verdicts = results.find(({ name }) => name === fault)?.verdicts ?? [];
  return new Map(verdicts.map((verdict) => [verdict.promise, verdict]));
}

function holds(run: FaultRun, fault: string, promises: readonly Promised[]): void {
  const verdicts = verdictsOf(run, fault);
  for (const promise of promises) {
    const { verdict, summary, evidence = [] } = verdicts.get(promise) ?? {};
    assert.equal(verdict, 'holds', `${fault}, ${promise}: ${summary}\n${evidence.join('\n')}`);
  }
}

test('kill: the writer fails over to the next node, and all guarantees hold', {
  skip: needsMultiMaster,
}, async (t) => {
  const out = await folderOf(t);
  const { run, stdout, stderr } = await runLab(out, '--fault', 'kill', '--seconds', '3');
  holds(run, 'kill', ['liveness', 'final-state', 'accounted']);
  const history = run.results[0]?.history;
  const [window] = history?.windows ?? [];
  assert.ok(history && window);
  const [killed] = window.targets;
  const during = history.writes.filter(
    ({ micros, outcome }) =>
      outcome === 'acknowledged' && micros > window.visibleAt && micros < window.healedAt,
  );
  assert.ok(
    during.length > 0 && during.every(({ node }) => node !== killed),
    'written to other nodes during the fault',
  );
  assert.ok(history.incidents.some(({ service, kind }) => service === killed && kind === 'killed'));
  assert.match(stderr, /steady[\s\S]*injected kill[\s\S]*healed kill[\s\S]*mesh complete[\s\S]*quiet/);
  assert.match(stdout, /final-state/);
});

test('kill with WAIT_REPLICAS=2: confirmations time out, and no queue of writes grows', {
  skip: needsMultiMaster,
}, async (t) => {
  const out = await folderOf(t);
  const { run, stdout } = await runLab(
    out,
    ...['--fault', 'kill', '--seconds', '4', '--set', 'WAIT_REPLICAS=2', '--set', 'WRITE_INTERVAL_MS=50'],
  );
  holds(run, 'kill', ['liveness', 'final-state', 'accounted', 'write-lag']);
  assert.deepEqual(run.settings, { WAIT_REPLICAS: '2', WRITE_INTERVAL_MS: '50' });
  const history = run.results[0]?.history;
  assert.equal(history?.settings.WAIT_REPLICAS, 2);
  const confirmed = (nodes: number) => history.writes.filter((write) => write.confirmed === nodes).length;
  assert.ok(confirmed(2) > 0, 'before the fault and after healing');
  assert.ok(confirmed(1) > 0, 'while a node is down');
  assert.match(stdout, /links cut by \w+, WAIT_REPLICAS=2, WRITE_INTERVAL_MS=50$/m);
});

for (const network of ['namespaces', 'proxies'] as const) {
  test(`split by ${network}: no replication between the partitions, traffic on both, equal data after healing`, {
    skip: needsMultiMaster || (network === 'namespaces' && needsNamespaces),
  }, async (t) => {
    const out = await folderOf(t);
    const { run } = await runLab(out, '--fault', 'split', '--seconds', '3', '--network', network);
    assert.equal(run.network, network);
    holds(run, 'split', ['liveness', 'final-state', 'accounted', 'single-writer']);
    const history = run.results[0]?.history;
    const [window] = history?.windows ?? [];
    assert.ok(history && window);
    // The fault lasts at least 3 s. Ignore the first 0.5 s, in which observers read writes already in flight.
    const seen = (name: string) =>
      history.observations.filter(
        ({ observer, at }) =>
          observer === name && at > window.visibleAt + 500_000 && at < window.visibleAt + 2_900_000,
      );
    assert.deepEqual(seen('sync-observer'), [], 'no write crosses the cut');
    assert.ok(seen('async-observer').length > 0, 'the other partition continues');
    assert.ok(history.traffic?.every(({ acknowledged, lost }) => acknowledged > 0 && lost.length === 0));
  });
}

test('on one primary and two replicas: kill-all restores persisted writes, and split is skipped with a reason', {
  skip: needsMultiMaster ? false : 'needs an engine without multi-master: ENGINE=redis-server',
}, async (t) => {
  const out = await folderOf(t);
  const { exitCode, stdout, stderr } = await startLab(out, '--fault', 'kill-all,split', '--json');
  const run = JSON.parse(stdout) as FaultRun;
  assert.equal(exitCode, 2, stderr);
  holds(run, 'kill-all', ['final-state', 'accounted', 'restart']);
  assert.match(run.notDone.join('\n'), /^split: SKIPPED on .*, which has no multi-master/m);
});

test('the same seed gives the same random sequence on any network', async (t) => {
  const sequenceOf = async (test: TestContext, network: string) => {
    const args = [
      '--random',
      '3',
      '--seed',
      '7',
      '--fault',
      'kill-writer,kill-observer,hang,client-cut,clock',
    ];
    const { run, stderr } = await runLab(
      await folderOf(test),
      ...args,
      '--seconds',
      '1',
      '--network',
      network,
    );
    const windows = run.results[0]?.history?.windows ?? [];
    assert.match(stderr, /seed 7$/m);
    holds(run, 'random', ['final-state', 'accounted']);
    // Compare positions in the list, because addresses differ between runs.
    const { nodes = [] } = run.results[0]?.history ?? {};
    return windows.map(({ fault, targets }) => [
      fault,
      ...targets.map((target) => (nodes.includes(target) ? nodes.indexOf(target) : target)),
    ]);
  };
  const first = await sequenceOf(t, 'proxies');
  assert.equal(first.length, 3);
  assert.deepEqual(await sequenceOf(t, 'auto'), first);
});

test('Ctrl-C during a fault: heals, reports the interruption, and leaves no leftovers', {
  skip: noProc,
}, async (t) => {
  const out = await folderOf(t);
  const lab = startLab(out, '--fault', 'client-cut', '--seconds', '600');
  await says(lab, /injected client-cut/);
  process.kill(-(lab.pid ?? 0), 'SIGINT');
  const { exitCode, stdout } = await lab;
  assert.equal(exitCode, 2);
  assert.match(stdout, /the run was interrupted/);
  await nothingLeft(out, lab.pid ?? 0);
});

test('removes the leftovers of a killed lab at the next start', { skip: noProc }, async (t) => {
  const out = await folderOf(t);
  const lab = startLab(out, '--fault', 'hang', '--seconds', '600');
  await says(lab, /injected hang/);
  lab.kill('SIGKILL');
  await lab;
  await assert.rejects(nothingLeft(out, lab.pid ?? 0), 'the killed lab has leftovers');
  const next = startLab(out, '--fault', 'kill-writer', '--seconds', '600');
  await says(next, /kill-writer: /);
  process.kill(-(next.pid ?? 0), 'SIGINT');
  await next;
  await nothingLeft(out, lab.pid ?? 0);
});

test('rejects invalid options with the expected values', async (t) => {
  const out = await folderOf(t);
  for (const [args, expected] of [
    [['--fault', 'kill,earthquake'], /Expected any of kill, stop, hang/],
    [['--random', '0'], /Expected a whole number from 1 to 10000/],
    [['--seed', '1'], /--seed requires --random/],
    [['--network', 'pigeons'], /Allowed choices are auto, namespaces, proxies/],
    [['--set', 'WAIT_REPLICAS=two'], /WAIT_REPLICAS: expected a whole number from 0 to 100, got "two"/],
    [['--set', 'SHARED_KEY=other'], /The lab controls SHARED_KEY/],
    [['--engine', 'no-such-server'], /there is no no-such-server on this machine/],
  ] as const) {
    const { exitCode, stderr } = await startLab(out, ...args);
    assert.ok(exitCode === 1 || exitCode === 2, stderr);
    assert.match(stderr, expected);
  }
});
