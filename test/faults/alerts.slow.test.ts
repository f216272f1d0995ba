/** Runs the fault lab with a real Prometheus and the shipped alerts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { needsMultiMaster } from '../helpers/nodes.ts';
import { folderOf, noProc, nothingLeft, prints, runLab, startLab } from './lab.ts';

const needsPrometheus = (await execa('prometheus', ['--version'], { reject: false })).failed
  ? 'needs prometheus on PATH'
  : false;

test('kill: NodeDown fires for the killed node and clears after the heal', {
  skip: needsMultiMaster || needsPrometheus,
}, async (t) => {
  const out = await folderOf(t);
  const { run, exitCode, stdout } = await runLab(out, '--alerts', '--fault', 'kill', '--seconds', '1');
  const [{ alerts, verdicts, history } = {}] = run.results;
  assert.ok(alerts?.injectedAt && alerts.healedAt);
  assert.equal(exitCode, 0, stdout);
  assert.deepEqual(
    verdicts?.map(({ promise, verdict }) => [promise, verdict]),
    [['alerts', 'holds']],
  );
  assert.equal(history, undefined);
  const down = alerts.spans.filter(({ alert }) => alert === 'NodeDown');
  assert.match(down.map(({ labels }) => labels).join(), /^node=[\d.]+:\d+$/);
  assert.ok(down.every(({ from, to }) => from > (alerts.injectedAt ?? 0) && to < alerts.endedAt));
  assert.match(stdout, /^kill +NodeDown +critical +yes +\d+ s +/m);
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
