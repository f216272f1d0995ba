/** Tests the text and the page of a run with synthetic histories and a real browser. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { execa } from 'execa';
import type { Page } from 'playwright-core';
import { saveRun } from '../../lab/bench/run-data.ts';
import { SCALES } from '../../lab/bench/scale.ts';
import { summarize } from '../../lab/bench/summary/summarize.ts';
import { checkAlerts } from '../../lab/faults/alerts/check.ts';
import type { AlertRecord } from '../../lab/faults/alerts/record.ts';
import { checkHistory } from '../../lab/faults/checks/check.ts';
import type { History } from '../../lab/faults/history.ts';
import { renderFaultsHtml } from '../../lab/faults/report/html.ts';
import { renderFaults } from '../../lab/faults/report/terminal.ts';
import { type FaultResult, type FaultRun, FORMAT } from '../../lab/faults/results.ts';
import { root } from '../../toolkit/root.ts';
import { roundTrips } from '../bench/samples.ts';
import { noBrowser, openPage } from '../helpers/page.ts';
import { allKilled, at, incident, nodeKilled, split } from './synthetic.ts';

/** Returns a run with four faults, one of which breaks a guarantee, and an experiment. */
function synthetic(): FaultRun {
  const exited: History = {
    ...nodeKilled(),
    fault: 'service <exits>',
    incidents: [...nodeKilled().incidents, incident('writer', 6, 'exited', undefined, 'exit code 1 & more')],
    endedAt: at(16),
  };
  const results = [nodeKilled(), split(), exited, allKilled()].map(
    (history): FaultResult => ({
      name: history.fault,
      about: history.about,
      command: `npm run faults -- --fault ${history.fault}`,
      verdicts: checkHistory(history),
      history,
    }),
  );
  return {
    format: FORMAT,
    startedAt: '2026-11-20T22:02:39.091Z',
    seconds: 64,
    command: 'npm run faults',
    machine: MACHINE,
    engine: 'keydb-server 6.3.4',
    layout: 'mesh',
    network: 'proxies',
    settings: { WAIT_REPLICAS: '2' },
    results: [...results, EXPERIMENT],
    notDone: ['slow-link: needs root'],
  };
}

const MACHINE = {
  processor: 'a processor',
  cores: 2,
  memoryGb: 24,
  system: 'Linux',
  node: '20.20.2',
  engines: ['keydb-server 6.3.4'],
  commit: 'abc1234',
  loadBefore: 0.1,
  batchScheduling: true,
};

const EXPERIMENT: FaultResult = {
  name: 'contended-keys',
  about: 'Three nodes set the same keys at once.',
  command: 'npm run faults -- --fault contended-keys',
  verdicts: [
    {
      promise: 'contended',
      verdict: 'figure',
      summary: '1,867 of 3,000 keys diverge',
      evidence: ['contended:7'],
    },
  ],
};

/** Returns a run with --alerts: NodeDown fires, SnapshotFailed should and does not. */
function withAlerts(): FaultRun {
  const [start, subject] = [
    1_795_212_000,
    { severity: 'critical', labels: 'node=<a>', state: 'firing' },
  ] as const;
  const alerts: AlertRecord = {
    expected: ['NodeDown', 'SnapshotFailed'],
    possible: [],
    startedAt: start,
    injectedAt: start + 50,
    healedAt: start + 110,
    endedAt: start + 200,
    spans: [{ ...subject, alert: 'NodeDown', from: start + 67, to: start + 119 }],
  };
  const results = [
    { name: 'kill', about: 'A node is killed.', command: '', verdicts: [checkAlerts(alerts)], alerts },
  ];
  return { ...synthetic(), prometheus: '2.42.0', results };
}

test('prints each alert with its times, and an expected one that did not fire', () => {
  const text = renderFaults(withAlerts());
  assert.match(text, /links cut by proxies, Prometheus 2\.42\.0, WAIT_REPLICAS=2$/m);
  assert.match(text, /^kill +NodeDown +critical +yes +17 s +10 s$/m);
  assert.match(text, /^kill +SnapshotFailed +yes +not$/m);
  assert.match(text, /^broken +alerts +NodeDown .*\n +- SnapshotFailed did not fire$/m);
  assert.doesNotMatch(text, /liveness|Experiments/);
});

test('the page contains the table of alerts', async () => {
  const html = await renderFaultsHtml(withAlerts());
  assert.match(
    html,
    /<h2>Alerts<\/h2>[\s\S]*SnapshotFailed[\s\S]*<span class="verdict broken">broken<\/span>/,
  );
  assert.doesNotMatch(html, /<h2>(Verdicts|Figures)<\/h2>/);
});

test('prints a table, the figures of each fault, and the evidence of broken guarantees', () => {
  const text = renderFaults(synthetic());
  assert.match(text, /^fault +liveness +final-state +single-writer +accounted +write-lag +restart$/m);
  assert.match(text, /^node-killed +holds +holds +holds +holds +holds$/m);
  assert.match(text, /^service <exits> +broken +holds +holds +holds +holds$/m);
  assert.match(text, /^all-killed +not applicable +holds +holds +holds +holds +holds$/m);
  assert.match(
    text,
    /^broken +liveness .*\n(.*\n)?.* 1 exit\n +- 6\.00 s writer exited: exit code 1 & more$/m,
  );
  assert.match(text, /== contended-keys: .*\n.*\nfigure +contended +1,867 of 3,000 keys diverge/);
  assert.match(text, /== Skipped or failed\n- slow-link: needs root/);
  assert.match(text, /^keydb-server 6\.3\.4, mesh, links cut by proxies, WAIT_REPLICAS=2$/m);
  assert.ok(text.split('\n').every((line) => line.length <= 200));
});

test('prints a run without faults and a run without experiments', () => {
  const run = synthetic();
  const faults = run.results.filter(({ history }) => history);
  const text = renderFaults({ ...run, results: [EXPERIMENT], notDone: [] });
  assert.doesNotMatch(text, /Guarantees|Skipped/);
  assert.doesNotMatch(renderFaults({ ...run, results: faults }), /contended/);
});

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fault-report-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Returns the number of colors in each timeline: axes alone have one, data adds more. */
async function colorsOf(page: Page): Promise<number[]> {
  return page.locator('figure[data-timeline]').evaluateAll((figures) =>
    figures.map((figure) => {
      const seen = new Set<number>();
      for (const canvas of figure.querySelectorAll('canvas')) {
        const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
          data: [],
        };
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] === 255)
            seen.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
        }
      }
      return seen.size;
    }),
  );
}

test('the page shows a timeline for each fault, and verdicts with evidence', {
  skip: noBrowser,
}, async (t) => {
  const file = join(await folderOf(t), 'faults.html');
  await writeFile(file, await renderFaultsHtml(synthetic()));
  await openPage(t, file, async (page) => {
    assert.equal(await page.locator('figure[data-timeline]').count(), 4);
    assert.equal(await page.locator('figure[data-timeline] canvas').count(), 8, 'ages and lanes');
    for (const colors of await colorsOf(page)) assert.ok(colors > 5, `${colors} colors`);
    assert.equal(await page.locator('.verdicts .broken').count(), 1);
    await page.getByText('links cut by proxies · WAIT_REPLICAS=2').waitFor();
    const exits = page.locator('section', { hasText: 'service <exits>' }).last();
    await exits.getByText('evidence (1)').click();
    await exits
      .locator('.verdicts')
      .getByText('writer exited: exit code 1 & more')
      .waitFor({ state: 'visible' });
    assert.match(await page.locator('table').last().innerText(), /1,867 of 3,000 keys diverge/);
  });
});

function report(...args: string[]) {
  return execa(process.execPath, [join(root, 'dist/lab/report/main.js'), ...args], { reject: false });
}

test('npm run report shows the benchmark and the fault lab on one page', { skip: noBrowser }, async (t) => {
  const folder = await folderOf(t);
  const [both, bench] = [join(folder, 'both'), join(folder, 'bench')];
  const samples = [roundTrips('floor', [1_000, 1_200])];
  const data = {
    startedAt: '2026-11-20T22:02:39.091Z',
    seconds: 10,
    command: 'npm run bench',
    machine: MACHINE,
    scale: SCALES.tiny,
    notDone: [],
    bars: [],
    rows: summarize(samples),
    samples,
  };
  await saveRun(both, data);
  await saveRun(bench, data);
  await writeFile(join(both, 'faults.json'), JSON.stringify(synthetic()));
  const out = join(folder, 'report.html');
  const { exitCode, stderr } = await report(both, bench, '--out', out);
  assert.equal(exitCode, 0, stderr);
  await openPage(t, out, async (page) => {
    assert.equal(await page.locator('figure[data-timeline] canvas').count(), 8);
    assert.equal(
      await page.locator('figure[data-group] canvas').count(),
      2,
      'one for each run of the benchmark',
    );
  });
});

test('npm run report rejects folders without usable data', async (t) => {
  const folder = await folderOf(t);
  const empty = await report(folder);
  assert.equal(empty.exitCode, 2);
  assert.match(
    empty.stderr,
    /has no data\.json, faults\.json, or soak\.jsonl: expected a folder created by npm run bench/,
  );
  await mkdir(join(folder, 'old'));
  await writeFile(join(folder, 'old/faults.json'), JSON.stringify({ ...synthetic(), format: 0 }));
  const old = await report(join(folder, 'old'));
  assert.equal(old.exitCode, 2);
  assert.match(old.stderr, new RegExp(`faults\\.json has format 0, expected ${FORMAT}`));
  await mkdir(join(folder, 'cut'));
  await writeFile(join(folder, 'cut/data.json'), '{ "format": 3');
  const cut = await report(join(folder, 'cut'));
  assert.equal(cut.exitCode, 2);
  assert.match(cut.stderr, /cut\/data\.json contains no JSON: /);
});
