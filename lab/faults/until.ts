import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * Polls a condition until it holds.
 * @returns whether it held before the deadline (milliseconds). @throws AbortError.
 */
export async function until(
  ask: () => boolean | Promise<boolean>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    signal.throwIfAborted();
    if (await ask()) return true;
    if (performance.now() > deadline) return false;
    await wait(POLL_MS, undefined, { signal });
  }
}
