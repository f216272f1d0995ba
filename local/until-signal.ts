/** Runs something until Ctrl-C, and takes it down in order. */

import { exitWhenWritten } from '../common/exit.ts';

/** Undoes what was started. */
export type Cleanup = () => Promise<void>;

/**
 * Runs `work` until SIGINT, SIGTERM or SIGHUP, then cleans up and exits 0; if `work` fails it cleans up, prints one line
 * and exits 1. More signals meanwhile are taken for the same Ctrl-C, which npm passes on a second time.
 * @param work pushes what must be undone before it starts it; the last pushed is undone first.
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
