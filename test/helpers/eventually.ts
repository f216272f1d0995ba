import { setTimeout as wait } from 'node:timers/promises';

/** Generous limit for a busy machine. A passing test never waits this long. */
const DEADLINE_MS = 60_000;
const POLL_MS = 10;

/**
 * Repeats an assertion until it passes.
 * @param assertion throws until the condition is true.
 * @returns the assertion's result.
 * @throws Error of the last try, after the deadline (milliseconds).
 */
export async function eventually<T>(assertion: () => T | Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await wait(POLL_MS);
  }
}
