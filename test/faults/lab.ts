/** Runs the fault lab as a program, and checks its output and leftovers. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import type { FaultRun } from '../../lab/faults/results.ts';
import type { Guarantee, Verdict } from '../../lab/faults/verdict.ts';
import { root } from '../../toolkit/root.ts';
import { endWithTests } from '../helpers/ending.ts';
import { eventually } from '../helpers/eventually.ts';
import { engine } from '../helpers/nodes.ts';

/** Generous limit for starting nodes and services on a busy machine. */
const START_DEADLINE_MS = 60_000;

/** Value for a test's `skip` option: the reason why namespaces are not available, or `false`. */
export const needsNamespaces =
  (await execa('ip', ['netns', 'list'], { reject: false })).failed || process.getuid?.() !== 0
    ? 'needs root and iproute2 for network namespaces'
    : false;

/** Value for a test's `skip` option: the reason why processes cannot be listed, or `false`. */
export const noProc = process.platform !== 'linux' && 'needs /proc to see which processes are left';

/** The compiled program. */
export const labEntry = join(root, 'dist/lab/faults/main.js');

/** Creates a folder for a run and its temporary files, and removes it after the test. */
export async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fault-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the lab in its own process group, as a terminal does. */
export function startLab(out: string, ...args: string[]) {
  const options = ['--engine', engine.name, '--out', out];
  return endWithTests(
    execa(process.execPath, [labEntry, ...options, ...args], {
      reject: false,
      env: { TMPDIR: out },
      detached: true,
      cleanup: false,
    }),
    true,
  );
}

/** Waits until the lab's timeline matches a pattern. */
export async function prints({ stderr }: ReturnType<typeof startLab>, pattern: RegExp): Promise<void> {
  let text = '';
  const onData = (data: unknown) => {
    text += String(data);
  };
  stderr.on('data', onData);
  await eventually(() => assert.match(text, pattern), START_DEADLINE_MS);
  stderr.off('data', onData);
}

/** Runs the lab to its end. @returns the saved run and the output. */
export async function runLab(
  out: string,
  ...args: string[]
): Promise<{ run: FaultRun; exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await startLab(out, ...args);
  assert.ok(exitCode === 0 || exitCode === 1, `exit code ${exitCode}: ${stdout}\n${stderr}`);
  return { run: await keptIn(out), exitCode, stdout, stderr };
}

/** Returns the only run that is saved in a folder. */
export async function keptIn(out: string): Promise<FaultRun> {
  const names = (await readdir(out)).filter((name) => /^\d{4}-/.test(name));
  assert.equal(names.length, 1, names.join());
  return JSON.parse(await readFile(join(out, names[0] ?? '', 'faults.json'), 'utf8')) as FaultRun;
}

/** Asserts that a lab with this folder has left no process, no namespace, and no folder of its nodes. */
export async function nothingLeft(out: string, labPid: number): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  // A node overwrites its environment with its title, so check its working folder too.
  const isOfLab = async (pid: string) =>
    (await read(pid, 'environ')).includes(`TMPDIR=${out}`) ||
    (await readlink(`/proc/${pid}/cwd`).catch(() => '')).startsWith(out);
  const left = await Promise.all(
    pids.map(async (pid) => ((await isOfLab(pid)) ? [await read(pid, 'cmdline')] : [])),
  );
  assert.deepEqual(left.flat(), []);
  assert.deepEqual(
    (await readdir(out)).filter((name) => name.startsWith('faultlab-')),
    [],
  );
  const { stdout = '' } = await execa('ip', ['netns', 'list'], { reject: false });
  assert.doesNotMatch(stdout, new RegExp(`^faultlab-${labPid}-`, 'm'));
}

function verdictsOf({ results }: FaultRun, fault: string): Map<Guarantee, Verdict> {
  const verdicts = results.find(({ name }) => name === fault)?.verdicts ?? [];
  return new Map(verdicts.map((verdict) => [verdict.promise, verdict]));
}

/** Asserts that guarantees hold in the results of a fault. */
export function holds(run: FaultRun, fault: string, guarantees: readonly Guarantee[]): void {
  const verdicts = verdictsOf(run, fault);
  for (const guarantee of guarantees) {
    const { verdict, summary, evidence = [] } = verdicts.get(guarantee) ?? {};
    assert.equal(verdict, 'holds', `${fault}, ${guarantee}: ${summary}\n${evidence.join('\n')}`);
  }
}
