/** Checks that a restarted node replicates its writes. */
import type { Redis } from 'ioredis';

/** Timeout of one WAIT. */
const WAIT_MS = 100;
/** Another node may also be down: after this time, one confirmation is enough. */
const ALL_CONFIRM_MS = 3_000;

/**
 * Sets a key repeatedly until the other nodes confirm it. A killed node continues its replication stream at the offset
 * of its snapshot. A peer that had received more resumes at a later offset, so writes in between may never reach it.
 * A confirmed write shows that the offsets match.
 * @param others number of other nodes. @throws Error if the connection is lost.
 */
export async function untilConfirmed(
  client: Redis,
  key: string,
  others: number,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now();
  while (!signal.aborted) {
    const needed = performance.now() - begin < ALL_CONFIRM_MS ? others : 1;
    await client.set(key, Date.now());
    if ((await client.wait(others, WAIT_MS)) >= needed) return;
  }
}
