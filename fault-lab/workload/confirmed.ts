/** Whether a node that has just been started passes on what it takes. */
import type { Redis } from 'ioredis';

/** For one answer of WAIT. */
const WAIT_MS = 100;
/** Another node may be down, too: then one that confirms is enough. */
const PATIENCE_MS = 3_000;

/**
 * Sets a key again and again until the other nodes confirm it. A node that was killed goes on in its replication stream
 * where its snapshot was made, and a peer that had heard more takes up again later in it: what clients write in between
 * may never reach that peer. Once a write is confirmed, the links have found their place.
 * @param others how many other nodes there are. @throws Error if the node is lost.
 */
export async function untilConfirmed(
  client: Redis,
  key: string,
  others: number,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now();
  while (!signal.aborted) {
    const patient = performance.now() - begin < PATIENCE_MS;
    await client.set(key, Date.now());
    if ((await client.wait(others, WAIT_MS)) >= (patient ? others : 1)) return;
  }
}

/** Tells one start of a node from the next. */
export async function runIdOf(client: Redis): Promise<string | undefined> {
  return /^run_id:(\w+)/m.exec(await client.info('server'))?.[1];
}
