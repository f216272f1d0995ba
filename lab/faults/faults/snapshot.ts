import type { Redis } from 'ioredis';
import { parseInfo } from '../../../toolkit/node/info.ts';
import { until } from '../until.ts';

/** Generous limit for a small snapshot on a busy machine. */
const SNAPSHOT_DEADLINE_MS = 20_000;

/** Lets a node save a snapshot. @returns whether it succeeded. @throws Error if the attempt does not end in time. */
export async function saveSnapshot(client: Redis, signal: AbortSignal): Promise<boolean> {
  const idle = async () => !parseInfo(await client.info('persistence')).saving;
  // The node rejects BGSAVE while it saves a snapshot that it started itself.
  const begin = () =>
    client.bgsave().then(
      () => true,
      () => false,
    );
  const ended =
    (await until(begin, SNAPSHOT_DEADLINE_MS, signal)) && (await until(idle, SNAPSHOT_DEADLINE_MS, signal));
  if (!ended) throw new Error(`a node did not end a snapshot within ${SNAPSHOT_DEADLINE_MS / 1000} s`);
  return parseInfo(await client.info('persistence')).saved;
}
