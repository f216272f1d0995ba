/**
 * A lab that was killed leaves nodes, services, namespaces and a folder behind. All of them bear its process id, so the
 * next lab can tell them from what others still use, and removes them.
 */
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ip } from './network/commands.ts';
import { NAME } from './network/namespaces.ts';

/** Stands in the environment of every process that a lab starts. */
const MARK = 'FAULT_LAB';

/** What was just killed may take a moment to leave its folder. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/** Marks every process that this one will start. */
export function markProcesses(): void {
  process.env[MARK] = String(process.pid);
}

/** Removes what labs that are no more have left; what cannot be removed is left to the next one. */
export async function removeLeftovers(): Promise<void> {
  await killProcesses();
  const namespaces = await ip('netns list').catch(() => '');
  for (const [name] of namespaces.matchAll(new RegExp(`^${NAME}-\\d+-\\w+`, 'gm'))) {
    if (isLeftover(name)) await ip(`netns del ${name}`).catch(() => {});
  }
  for (const name of await readdir(tmpdir())) {
    if (isLeftover(name)) await rm(join(tmpdir(), name), REMOVAL).catch(() => {});
  }
}

/** Where there is no /proc there are no namespaces either, and processes are not found. */
async function killProcesses(): Promise<void> {
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const lab = await labOf(pid);
    if (lab === undefined || isAlive(Number(lab))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile, or belongs to somebody else.
    }
  }
}

/**
 * The process id of the lab that started a process, if one did. A node works in a folder of the lab's, and writes its
 * title over its environment; a service has the environment alone.
 */
async function labOf(pid: string): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return (
    new RegExp(`(?:^|\\0)${MARK}=(\\d+)\\0`).exec(environment)?.[1] ??
    new RegExp(`/${NAME}-(\\d+)-`).exec(folder)?.[1]
  );
}

function isLeftover(name: string): boolean {
  const lab = new RegExp(`^${NAME}-(\\d+)-`).exec(name)?.[1];
  return lab !== undefined && !isAlive(Number(lab));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
