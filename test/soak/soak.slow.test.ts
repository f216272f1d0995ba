/** Runs the soak for a minute as a program, and interrupts another run. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { execa } from 'execa';
import { checkRun } from '../../lab/soak/checks.ts';
import { loadSoak, type SoakRun } from '../../lab/soak/record.ts';
import { chartsOf } from '../../lab/soak/report/charts.ts';
import { root } from '../../toolkit/root.ts';
import { endWithTests, interruptGroup } from '../helpers/ending.ts';
import { runEntry } from '../helpers/entry.ts';
import { eventually } from '../helpers/eventually.ts';
import { engine } from '../helpers/nodes.ts';
import { noBrowser, openPage } from '../helpers/page.ts';

const noProc = process.platform !== 'linux' && 'needs /proc to sample processes';

const TITLES = [
  'Live memory of the services, after garbage collections',
  'Resident memory of the services',
  'Resident memory of the nodes',
  'Resident memory of the nodes without the data in their backlogs',
  'Memory that the nodes have requested',
  'CPU of the services',
  'CPU of the nodes',
  'Open descriptors',
  'Snapshots on disk',
];

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the soak in its own process group, as a terminal does. */
function startSoak(out: string, ...args: string[]) {
  const entry = join(root, 'dist/lab/soak/main.js');
  const options = ['--engine', engine.name, '--out', out, ...args];
  return endWithTests(
    execa(process.execPath, [entry, ...options], {
      ...{ reject: false, detached: true, cleanup: false },
      env: { TMPDIR: out },
    }),
    true,
  );
}

/** Returns the folder of the only run. */
async function runFolder(out: string): Promise<string> {
  const names = (await readdir(out)).filter((name) => /^\d{4}-/.test(name));
  assert.equal(names.length, 1, names.join());
  return join(out, names[0] ?? '');
}

/** Returns each check with its distinct verdicts. */
function verdictsOf(run: SoakRun): Record<string, string[]> {
  const verdicts: Record<string, string[]> = {};
  for (const { check, verdict } of checkRun(run))
    verdicts[check] = [...new Set([...(verdicts[check] ?? []), verdict])];
  return verdicts;
}

async function nothingLeft(out: string): Promise<void> {
  const left = (await readdir(out)).filter((name) => name.startsWith('faultlab-'));
  assert.deepEqual(left, []);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    assert.ok(!environment.includes(`TMPDIR=${out}`) && !folder.startsWith(out), `process ${pid} is left`);
  }
}

test('a minute with two kills: no exit, in sync, every process sampled, no verdict on growth', {
  skip: noProc,
}, async (t) => {
  const out = await folderOf(t);
  const { exitCode, stdout, stderr } = await startSoak(out, '--minutes', '1', '--kill-every', '20');
  assert.equal(exitCode, 2, `${stdout}\n${stderr}`);
  const folder = await runFolder(out);
  const run = await loadSoak(folder);
  const { exits, memory, descriptors, sync } = verdictsOf(run);
  assert.deepEqual(
    { exits, memory, descriptors, sync },
    {
      ...{ exits: ['holds'], memory: ['unknown'], descriptors: ['unknown'], sync: ['holds'] },
    },
  );
  assert.deepEqual(
    run.incidents.filter(({ kind }) => kind === 'killed').map(({ who }) => who),
    ['node 1', 'node 2'],
  );
  assert.match(stderr, /node 2 was killed by the lab \(\d+ s left\)\n(.*\n)*.*node 2 was restarted/);
  const last = run.samples.at(-1);
  for (const { bytes = 0, cpuSeconds = 0, descriptors = 0 } of [
    ...Object.values(last?.services ?? {}),
    ...Object.values(last?.nodes ?? {}),
  ])
    assert.ok(bytes > 1e6 && cpuSeconds > 0 && descriptors > 5, JSON.stringify(last));
  assert.ok((last?.counters.writer?.mesh_losses_total ?? 0) >= 1, 'the writer was on the first node');
  assert.match(stdout, /^memory +node 3 +unknown +.*; the run is shorter than 60 minutes$/m);
  const titles = chartsOf(run).map(({ title }) => title);
  assert.deepEqual(titles.slice(0, TITLES.length), TITLES);
  assert.ok(titles.includes('mesh_writes_total{outcome="acknowledged"}'));
  await nothingLeft(out);
  await t.test(
    'the page shows the charts, and npm run report renders it again',
    { skip: noBrowser },
    async (t) => {
      const page = join(out, 'report.html');
      const { code } = await runEntry('lab/report/main', [folder, '--out', page]);
      assert.equal(code, 0);
      for (const file of [join(folder, 'soak.html'), page])
        await openPage(t, file, async (opened) => {
          const charts = await opened.locator('figure[data-charts] canvas').count();
          assert.equal(charts, chartsOf(run).length);
        });
    },
  );
});

test('Ctrl-C stops everything and reports what was measured, with unknown verdicts', {
  skip: noProc,
}, async (t) => {
  const out = await folderOf(t);
  const soak = startSoak(out, '--minutes', '60', '--json');
  await eventually(async () => assert.ok((await loadSoak(await runFolder(out))).samples.length >= 2));
  interruptGroup(soak);
  const { exitCode, stdout } = await soak;
  assert.equal(exitCode, 2);
  const printed = JSON.parse(stdout);
  assert.ok(printed.samples.length >= 2);
  assert.deepEqual(
    [...new Set(printed.verdicts.map(({ verdict }: { verdict: string }) => verdict))],
    ['unknown'],
  );
  assert.ok((await readdir(await runFolder(out))).includes('soak.html'));
  await nothingLeft(out);
});

test('rejects invalid options with the expected values', async () => {
  const { code, stderr } = await runEntry('lab/soak/main', ['--minutes', '0']);
  assert.equal(code, 2);
  assert.match(stderr, /Expected a whole number from 1 to 1440/);
  const help = await runEntry('lab/soak/main', ['--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--kill-every <seconds>/);
});
