import { setTimeout as wait } from 'node:timers/promises';

/** Long enough for a busy machine: a test that passes never waits for it. */
const DEADLINE_MS = 20_000;
const POLL_MS = 10;

/**
 * Repeats an assertion until it holds.
 * @param assertion throws while it does not hold.
 * @returns what the assertion returns.
 * @throws Error of its last try, after the deadline (milliseconds).
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
