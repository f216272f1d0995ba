/** Runs the fault lab with a real Prometheus and the shipped alerts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { needsMultiMaster } from '../helpers/nodes.ts';
import { folderOf, noProc, nothingLeft, prints, runLab, startLab } from './lab.ts';

const needsPrometheus = (await execa('prometheus', ['--version'], { reject: false })).failed
  ? 'needs prometheus on PATH'
  : false;

// After other faults, warnings about the last five minutes would delay the end of the run.
test('disk-full: SnapshotFailed fires for the node, and clears after the heal', {
  skip: needsMultiMaster || needsPrometheus || noProc,
}, async (t) => {
  const out = await folderOf(t);
  const { run, exitCode, stdout } = await runLab(out, '--alerts', '--fault', 'disk-full', '--seconds', '1');
  const [{ alerts, verdicts = [], history } = {}] = run.results;
  const { injectedAt, healedAt, endedAt = 0 } = alerts ?? {};
  assert.ok(alerts && injectedAt && healedAt);
  assert.equal(history, undefined);
  const failed = alerts.spans.filter(({ alert }) => alert === 'SnapshotFailed');
  assert.ok(failed.some(({ labels, from }) => /^node=[\d.]+:\d+$/.test(labels) && from > injectedAt));
  assert.ok(failed.some(({ to }) => to > healedAt - 5) && failed.every(({ to }) => to < endedAt - 5));
  assert.match(stdout, /^disk-full +SnapshotFailed +critical +yes +\d+ s +/m);
  // On a busy machine, other alerts may fire, too.
  const [{ promise, verdict, evidence } = {}] = verdicts;
  assert.equal(promise, 'alerts');
  assert.equal(exitCode, verdict === 'holds' ? 0 : 1, stdout);
  assert.doesNotMatch(evidence?.join('\n') ?? '', /SnapshotFailed/);
  await nothingLeft(out, -1);
});

test('Ctrl-C with a running Prometheus leaves no process', {
  skip: needsMultiMaster || needsPrometheus || noProc,
}, async (t) => {
  const out = await folderOf(t);
  const lab = startLab(out, '--alerts', '--undisturbed', '60', '--network', 'proxies');
  await prints(lab, /Prometheus scrapes/);
  process.kill(-(lab.pid ?? 0), 'SIGINT');
  const { exitCode } = await lab;
  assert.equal(exitCode, 2);
  await nothingLeft(out, lab.pid ?? 0);
});

test('rejects a star, in which the faults cause other alerts', { skip: needsPrometheus }, async (t) => {
  const { exitCode, stderr } = await startLab(await folderOf(t), '--alerts', '--layout', 'star');
  assert.equal(exitCode, 2);
  assert.match(stderr, /^--alerts requires a mesh of KeyDB: /m);
});
