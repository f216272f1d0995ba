/** Runs the fault lab briefly: real faults on real nodes, healed, recorded, and checked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import type { FaultRun } from '../../lab/faults/results.ts';
import { needsMultiMaster } from '../helpers/nodes.ts';
import { folderOf, holds, labEntry, noProc, nothingLeft, prints, runLab, startLab } from './lab.ts';

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

test('kill in a star: observers read on replicas and write on the primary, and split is skipped with a reason', async (t) => {
  const out = await folderOf(t);
  const { exitCode, stdout, stderr } = await startLab(
    out,
    ...['--fault', 'kill,split', '--seconds', '1', '--layout', 'star', '--json'],
  );
  const run = JSON.parse(stdout) as FaultRun;
  assert.equal(exitCode, 2, stderr);
  assert.equal(run.layout, 'star');
  holds(run, 'kill', ['final-state', 'single-writer', 'accounted', 'write-lag']);
  const [{ verdicts, history } = {}] = run.results;
  assert.ok(history);
  const [primary, ...replicas] = history.nodes;
  assert.deepEqual(history.writeNodes, [primary]);
  const liveness = verdicts?.find(({ promise }) => promise === 'liveness');
  assert.equal(liveness?.verdict, 'not applicable', liveness?.summary);
  assert.match(liveness.summary, /^2 not applicable: no reachable node accepts writes/);
  assert.deepEqual(new Set(history.handshakes.map(({ node }) => node)), new Set([primary]));
  // Later, an observer may fail over from a replica that loads the primary's data.
  const before = history.observations.filter(({ at }) => at < (history.windows[0]?.injectedAt ?? 0));
  assert.deepEqual(new Set(before.map(({ node }) => node)), new Set(replicas));
  assert.match(run.notDone.join('\n'), /^split: SKIPPED in a star, where only the primary accepts writes: /m);
});

test('Ctrl-C during a fault: heals, reports the interruption, and leaves no leftovers', {
  skip: noProc,
}, async (t) => {
  const out = await folderOf(t);
  const lab = startLab(out, '--fault', 'client-cut', '--seconds', '600');
  await prints(lab, /injected client-cut/);
  process.kill(-(lab.pid ?? 0), 'SIGINT');
  const { exitCode, stdout } = await lab;
  assert.equal(exitCode, 2);
  assert.match(stdout, /the run was interrupted/);
  await nothingLeft(out, lab.pid ?? 0);
});

test('--alerts without Prometheus: the error names the remedy', async (t) => {
  const out = await folderOf(t);
  const env = { PATH: out };
  const { exitCode, stderr } = await execa(process.execPath, [labEntry, '--alerts', '--out', out], {
    env,
    reject: false,
  });
  assert.equal(exitCode, 2);
  assert.match(stderr, /^there is no prometheus on PATH: install it \(apt-get install prometheus, /);
});

test('rejects invalid options with the expected values', async (t) => {
  const out = await folderOf(t);
  for (const [args, expected] of [
    [['--fault', 'kill,earthquake'], /Expected any of kill, stop, hang/],
    [['--random', '0'], /Expected a whole number from 1 to 10000/],
    [['--seed', '1'], /--seed requires --random/],
    [['--undisturbed', '20'], /--undisturbed requires --alerts/],
    [['--alerts', '--random', '3'], /--alerts checks each fault alone: omit --random/],
    [['--alerts', '--fault', 'contended'], /--random <n> and --alerts require faults/],
    [['--layout', 'ring'], /Allowed choices are mesh, star/],
    [['--network', 'pigeons'], /Allowed choices are auto, namespaces, proxies/],
    [['--set', 'WAIT_REPLICAS=two'], /WAIT_REPLICAS: expected a whole number from 0 to 100, got "two"/],
    [['--set', 'SHARED_KEY=other'], /The lab controls SHARED_KEY/],
    [['--engine', 'no-such-server'], /there is no no-such-server on this machine/],
  ] as const) {
    const { exitCode, stderr } = await startLab(out, ...args);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, expected);
  }
});
