/** Ends the processes that tests have started and that still run after the tests. */
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** An interrupted test process lets its services and tools end, which takes seconds. */
const GRACE_MS = 20_000;
const POLL_MS = 100;

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Waits until all descendants of this process have ended. @returns those that did not, and were killed. */
export async function endDescendants(): Promise<string[]> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const left = descendants();
    if (left.length === 0) return [];
    if (performance.now() > deadline) {
      for (const { pid } of left) kill(pid);
      return left.map(({ pid, command }) => `${pid} ${command}`);
    }
    await wait(POLL_MS);
  }
}

function descendants(): Process[] {
  const { pid: ps, stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const all = [...(stdout ?? '').matchAll(/^ *(\d+) +(\d+) (.*)$/gm)].map(
    ([, pid, parent, command = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      command,
    }),
  );
  const childrenOf = (parent: number): Process[] =>
    all
      .filter((one) => one.parent === parent && one.pid !== ps)
      .flatMap((one) => [one, ...childrenOf(one.pid)]);
  return childrenOf(process.pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
