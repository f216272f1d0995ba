/** Runs the tool like a user, as briefly as possible, and checks its files, charts, and leftovers. */
import assert from 'node:assert/strict';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { execa } from 'execa';
import { startMesh, stopAllMeshes } from '../../lab/bench/host/target.ts';
import type { RunData } from '../../lab/bench/run-data.ts';
import { exitCodeOf } from '../../lab/bench/summary/guarantees.ts';
import { findEngine, PROGRAMS } from '../../toolkit/engine.ts';
import { root } from '../../toolkit/root.ts';
import { endWithTests } from '../helpers/ending.ts';
import { eventually } from '../helpers/eventually.ts';
import { engine, startMesh as startStar } from '../helpers/nodes.ts';
import { noBrowser, openPage } from '../helpers/page.ts';

const noProc = process.platform !== 'linux' && 'needs /proc to see which processes are left';
const EXPERIMENTS = [
  'latency',
  'keeping-up',
  'memory',
  'metrics',
  'style',
  'channel',
  'observers',
  'nodes',
  'page',
  'table',
  'table-memory',
  'engines',
];

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The layouts that `engines` compares, by the program of their nodes. */
const LAYOUTS = {
  'keydb-server': ['KeyDB, mesh', 'KeyDB, star'],
  'valkey-server': ['Valkey, replicas'],
  'redis-server': ['Redis, replicas'],
};

function bench(out: string, ...args: string[]) {
  const entry = join(root, 'dist/lab/bench/main.js');
  return endWithTests(
    execa(process.execPath, [entry, '--tiny', '--out', out, ...args], {
      reject: false,
      // Contains the temporary folders of the nodes, so that the test can check their removal.
      env: { TMPDIR: out },
      detached: true,
      cleanup: false,
    }),
    true,
  );
}

async function runIn(out: string): Promise<string> {
  const names = (await readdir(out)).filter((name) => /^\d{4}-/.test(name));
  assert.equal(names.length, 1, names.join());
  return join(out, names[0] as string);
}

/** Returns the command lines of all processes started for a folder: children inherit its environment variable. */
async function processesFor(out: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await read(pid, 'environ')).includes(`TMPDIR=${out}`) ? [await read(pid, 'cmdline')] : [],
    ),
  );
  return found.flat();
}

async function nothingLeft(out: string): Promise<void> {
  const names = await readdir(out);
  assert.deepEqual(
    names.filter((name) => name.startsWith('mesh-bench-')),
    [],
  );
  assert.deepEqual(await processesFor(out), []);
}

test('runs all experiments briefly, and writes figures with their settings and a page with charts', async (t) => {
  const out = await folderOf(t);
  const { exitCode, stdout, stderr } = await bench(out, '--engine', engine.name);
  const folder = await runIn(out);
  const run = JSON.parse(await readFile(join(folder, 'data.json'), 'utf8')) as RunData;
  const skipped = run.notDone.filter((line) => !/^engines, .*: not installed/.test(line));
  assert.deepEqual(skipped, [], stderr);
  if (run.notDone.length === 0) assert.equal(exitCode, exitCodeOf(run.bars), stderr);
  assert.match(stdout, /== Latency at paced rates[\s\S]*== Guarantees/);
  // On a busy machine a sample may be noisy, but it still has its figures.
  assert.deepEqual(
    run.samples.flatMap(({ conditions }) => conditions.complaints),
    [],
  );
  assert.deepEqual(
    run.bars.filter(({ verdict }) => verdict === 'not measured'),
    [],
  );
  assert.deepEqual([...new Set(run.rows.map(({ experiment }) => experiment))], EXPERIMENTS);
  const installed = await Promise.all(
    PROGRAMS.map(async (name) => (await findEngine(name)) && LAYOUTS[name]),
  );
  for (const subject of ['floor', 'sync-observer', 'async-observer']) {
    const compared = run.rows.filter((row) => row.experiment === 'engines' && row.subject === subject);
    const answered = compared.filter(({ latencies, figures }) => latencies.roundTrip ?? figures.observations);
    const layouts = new Set(answered.map(({ setting }) => setting.engine));
    assert.deepEqual([...layouts].sort(), installed.flatMap((names) => names ?? []).sort());
    assert.equal(answered.length, 2 * layouts.size, 'each at the paced and at the maximum rate');
  }
  const baseline = run.rows.find(
    ({ experiment, subject }) => experiment === 'latency' && subject === 'floor',
  );
  const { whole } = baseline?.latencies.roundTrip ?? {};
  assert.ok(whole && whole.count > 0 && whole.p50 <= whole.p99 && whole.p99 <= whole.max);
  assert.equal(baseline?.setting.writesPerSecond, 100);
  assert.ok(run.machine.cores > 0 && run.command.includes('--tiny'));
  if (!noProc) await nothingLeft(out);

  const several = join(out, 'several.html');
  const report = join(root, 'dist/lab/report/main.js');
  await execa(process.execPath, [report, folder, folder, '--out', several]);
  await t.test('the page in a browser', { skip: noBrowser }, async (t) => {
    for (const [file, figuresPerChart] of [
      [join(folder, 'report.html'), 1],
      [several, 2],
    ] as const) {
      await openPage(t, file, async (page) => {
        const charts = await page.locator('figure canvas').count();
        assert.ok(charts >= EXPERIMENTS.length * figuresPerChart, `the page has ${charts} charts`);
        assert.equal(charts, await page.locator('figure').count());
      });
    }
  });
});

test('Ctrl-C: writes the measurements so far, and leaves no leftovers', { skip: noProc }, async (t) => {
  const out = await folderOf(t);
  const run = bench(out, '--only', 'latency,memory', '--rounds', '100');
  // The nodes of the run exist now, so there are processes that could leak.
  await eventually(async () =>
    assert.ok((await readdir(out)).some((name) => name.startsWith('mesh-bench-'))),
  );
  process.kill(-(run.pid ?? 0), 'SIGINT');
  const { exitCode, stdout } = await run;
  assert.equal(exitCode, 2);
  assert.match(stdout, /the run was interrupted/);
  await access(join(await runIn(out), 'report.html'));
  await nothingLeft(out);
});

test('Ctrl-C during the start of nodes: stops them, and removes their folder', async (t) => {
  const out = await folderOf(t);
  const { TMPDIR = tmpdir() } = process.env;
  t.after(() => {
    process.env.TMPDIR = TMPDIR;
  });
  process.env.TMPDIR = out;
  const starting = startMesh(engine, 3).catch(() => {});
  await eventually(async () => assert.notDeepEqual(await readdir(out), []));
  await stopAllMeshes();
  await starting;
  assert.deepEqual(await readdir(out), []);
  await assert.rejects(startMesh(engine, 3), /the benchmark is ending/);
  assert.deepEqual(await readdir(out), []);
  if (!noProc) assert.deepEqual(await processesFor(out), []);
});

test('given replicas: requires WRITE_NODES, and sends the handshakes to these', async (t) => {
  const out = await folderOf(t);
  const { addresses, writable } = await startStar(t, 2, {}, 'star');
  const reversed = addresses.split(',').reverse();
  const given = ['--nodes', reversed.join(), '--only', 'style,latency', '--json'];
  const rejected = await bench(out, ...given);
  assert.equal(rejected.exitCode, 2);
  assert.match(
    rejected.stderr,
    new RegExp(`--nodes: ${reversed[0]} is a read-only replica: set WRITE_NODES`),
  );
  process.env.WRITE_NODES = writable;
  t.after(() => {
    delete process.env.WRITE_NODES;
  });
  const { stdout, stderr } = await bench(out, ...given);
  const { rows, notDone } = JSON.parse(stdout) as Pick<RunData, 'rows' | 'notDone'>;
  assert.deepEqual(notDone, [], stderr);
  const incomplete = rows.filter(({ latencies, figures }) => !latencies.lateness && !figures.observations);
  assert.deepEqual(incomplete, []);
});

test('rejects invalid arguments in one line with the expected value', async (t) => {
  const out = await folderOf(t);
  for (const [args, expected] of [
    [['--only', 'latency,speed'], /Expected any of latency/],
    [['--rounds', '0'], /Expected a whole number from 1 to 100/],
    [['--nodes', 'here'], /Expected host:port/],
    [['--nodes', 'here:1', '--engine', 'redis-server'], /cannot be used with/],
  ] as const) {
    const { exitCode, stderr } = await bench(out, ...args);
    assert.equal(exitCode, 2);
    assert.match(stderr, expected);
  }
});
