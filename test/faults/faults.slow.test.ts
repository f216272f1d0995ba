/** Runs the fault lab with longer and several faults. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { needsMultiMaster } from '../helpers/nodes.ts';
import { folderOf, holds, needsNamespaces, noProc, nothingLeft, prints, runLab, startLab } from './lab.ts';

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

test('replication-cut in a star: the isolated replica announces nothing, and has all writes after healing', async (t) => {
  const out = await folderOf(t);
  const { run } = await runLab(out, '--fault', 'replication-cut', '--seconds', '3', '--layout', 'star');
  holds(run, 'replication-cut', ['liveness', 'final-state', 'single-writer', 'accounted', 'write-lag']);
  const history = run.results[0]?.history;
  const [window] = history?.windows ?? [];
  assert.ok(history && window);
  const [primary = '', replica = '', other = ''] = history.nodes;
  assert.deepEqual(window.parts, [[replica], [primary, other]]);
  // The lab heals 3 s after the cut at the earliest. A write from before the cut may still be in flight.
  const later = history.writes
    .filter(({ micros }) => micros > window.visibleAt + 1_000)
    .map(({ seq }) => seq);
  const during = history.observations.filter(
    ({ seq, at }) => later.includes(seq) && at < window.visibleAt + 2_999_000,
  );
  assert.ok(during.some(({ node }) => node === other));
  assert.deepEqual(
    during.filter(({ node }) => node === replica),
    [],
  );
  assert.deepEqual(
    history.traffic?.map(({ node, lost }) => [node, lost]),
    [[primary, []]],
  );
});

for (const [layout, outcome, word, skip] of [
  ['mesh', 'acknowledged', 'accepts', needsMultiMaster],
  ['star', 'rejected', 'rejects', false],
] as const) {
  test(`disk-full: a node of a ${layout} that cannot save a snapshot ${word} writes`, { skip }, async (t) => {
    const { run } = await runLab(await folderOf(t), '--fault', 'disk-full', '--layout', layout);
    holds(run, 'disk-full', ['final-state', 'single-writer', 'accounted', 'write-lag']);
    const history = run.results[0]?.history;
    const [window] = history?.windows ?? [];
    const failed = history?.incidents.find(({ text }) => / cannot save a snapshot, and /.test(text));
    assert.ok(history && window && failed);
    assert.match(failed.text, new RegExp(`and ${word} writes`));
    const during = history.writes.filter(({ micros }) => micros > failed.at && micros < window.healedAt);
    assert.ok(during.some((write) => write.outcome === outcome && write.node === failed.service));
    assert.ok(!history.incidents.some(({ kind }) => kind === 'exited'));
  });
}

test('kill-all in a star: no persisted write is lost', async (t) => {
  const { run } = await runLab(await folderOf(t), '--fault', 'kill-all', '--layout', 'star');
  holds(run, 'kill-all', ['final-state', 'single-writer', 'accounted', 'restart']);
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

test('removes the leftovers of a killed lab at the next start', { skip: noProc }, async (t) => {
  const out = await folderOf(t);
  const lab = startLab(out, '--fault', 'hang', '--seconds', '600');
  await prints(lab, /injected hang/);
  lab.kill('SIGKILL');
  await lab;
  await assert.rejects(nothingLeft(out, lab.pid ?? 0), 'the killed lab has leftovers');
  const next = startLab(out, '--fault', 'kill-writer', '--seconds', '600');
  await prints(next, /kill-writer: /);
  process.kill(-(next.pid ?? 0), 'SIGINT');
  await next;
  await nothingLeft(out, lab.pid ?? 0);
});
