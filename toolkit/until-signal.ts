/** Runs work until Ctrl-C, then cleans up in order. */

import { exitWhenWritten } from '../common/exit.ts';

/** Stops or removes something that was started. */
export type Cleanup = () => Promise<void>;

/**
 * Runs `work` until SIGINT, SIGTERM, or SIGHUP, then cleans up and exits 0. If `work` fails, cleans up, prints one line,
 * and exits 1. Ignores further signals during the cleanup, because npm forwards the same Ctrl-C a second time.
 * @param work pushes each cleanup before it starts the matching part; the last one pushed runs first.
 */
export async function runUntilSignal(work: (cleanups: Cleanup[]) => Promise<void>): Promise<never> {
  const cleanups: Cleanup[] = [];
  const signalled = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(undefined));
  });
  const failed = new Promise<Error>((resolve) => {
    work(cleanups).catch(resolve);
  });
  const failure = await Promise.race([signalled, failed]);
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup();
  if (failure) process.stderr.write(`${failure.message}\n`);
  return exitWhenWritten(failure ? 1 : 0);
}
