/** Ends the processes of tests: those that exceed the time limit, and those that still run after the tests. */
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** A test process that gets SIGTERM ends its services and tools, which takes seconds. */
const GRACE_MS = 20_000;
const POLL_MS = 100;
const INTERVAL_MS = 2_000;

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/**
 * Ends each test process that exceeds its time limit. The limits of node:test differ: they apply to files up to Node 22,
 * to tests from Node 24 on, and never to a test that blocks the event loop.
 * @param limitOf returns the limit in seconds for the command line of a process.
 */
export function limitTime(limitOf: (command: string) => number): void {
  const starts = new Map<string, number>();
  const check = () => {
    const all = descendants(process.pid);
    for (const { pid, command } of all.filter(({ parent }) => parent === process.pid)) {
      const key = `${pid} ${command}`;
      const start = starts.get(key) ?? performance.now();
      starts.set(key, start);
      const exceededMs = performance.now() - start - limitOf(command) * 1000;
      if (exceededMs > GRACE_MS)
        for (const one of [pid, ...descendants(pid).map(({ pid }) => pid)]) kill(one, 'SIGKILL');
      else if (exceededMs > 0) kill(pid, 'SIGTERM');
    }
  };
  setInterval(check, INTERVAL_MS).unref();
}

/** Waits until all descendants of this process have ended. @returns those that did not, and were killed. */
export async function endAll(): Promise<string[]> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const left = descendants(process.pid);
    if (left.length === 0) return [];
    if (performance.now() > deadline) {
      for (const { pid } of left) kill(pid, 'SIGKILL');
      return left.map(({ pid, command }) => `${pid} ${command}`);
    }
    await wait(POLL_MS);
  }
}

function descendants(ancestor: number): Process[] {
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
  return childrenOf(ancestor);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
