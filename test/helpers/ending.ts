/** Ends what a test process has started, also if Ctrl-C or the time limit ends the test process first. */
import type { ResultPromise } from 'execa';

/** A test, or `{ after }` of node:test: what runs in it ends after the test, or after all tests of the file. */
export interface Scope {
  after(end: () => unknown): void;
}

type Started = Pick<ResultPromise, 'pid' | 'kill' | 'exitCode'> & PromiseLike<unknown>;

const running = new Map<Started, () => void>();

/**
 * Interrupts a process if the tests are interrupted.
 * @param group whether it has a process group of its own, as a terminal gives it. The whole group gets the signal.
 */
export function endWithTests<T extends Started>(started: T, group = false): T {
  const interrupt = () => {
    if (group) interruptGroup(started);
    else started.kill('SIGINT');
  };
  running.set(started, interrupt);
  started.then(
    () => running.delete(started),
    () => running.delete(started),
  );
  return started;
}

/** Sends what a terminal sends on Ctrl-C. Does nothing if the process has ended. */
export function interruptGroup({ pid, exitCode }: Started): void {
  if (pid !== undefined && (exitCode ?? null) === null) process.kill(-pid, 'SIGINT');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    for (const interrupt of running.values()) interrupt();
    await Promise.allSettled(running.keys());
    // Nodes that this process has started are killed at its exit.
    process.exit(1);
  });
}
