/**
 * Removes the leftovers of a killed lab: nodes, services, namespaces, and folders. All of them contain the lab's process
 * id, so a running lab's resources are not removed.
 */
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ip } from './network/commands.ts';
import { NAME } from './network/namespaces.ts';

/** Variable in the environment of every process that a lab starts. */
const MARK = 'FAULT_LAB';

/** Retries, because a killed process may still use its folder for a moment. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/** Marks every process that this process will start. */
export function markProcesses(): void {
  process.env[MARK] = String(process.pid);
}

/** Creates a folder for the data of nodes. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${NAME}-${process.pid}-`));
}

/** Removes the leftovers of labs that no longer run. Ignores errors, because the next lab tries again. */
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

/** Kills processes of labs that no longer run. Without /proc, it finds none. */
async function killProcesses(): Promise<void> {
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const lab = await labOf(pid);
    if (lab === undefined || isAlive(Number(lab))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // The process has already ended, or belongs to another user.
    }
  }
}

/**
 * Returns the process id of the lab that started a process, if any. A node overwrites its environment with its title, so
 * the lab's folder identifies it. The environment identifies a service.
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
