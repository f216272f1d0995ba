/**
 * A typical second version: no waiting. Each notification sends GET, and its reply sends SET, with no limit in flight.
 */
import { channelsOf } from '../../../common/channels.ts';
import type { RedisClient } from '../../../common/redis-client.ts';
import type { Settings } from '../../../common/settings.ts';
import { handshakeFor } from './naive-handshake.ts';

/** Observes on connected clients (see `openBoth`) until a connection ends. */
export async function naivePipelined(
  [client, writer]: [RedisClient, RedisClient],
  settings: Settings,
): Promise<void> {
  const { SHARED_KEY, HANDSHAKE_KEY } = settings;
  const shakeHands = async () => {
    const text = await client.get(SHARED_KEY);
    if (text !== null) await writer.set(HANDSHAKE_KEY, handshakeFor(text, settings));
  };
  await client.subscribe(channelsOf(SHARED_KEY, settings), (key) => {
    if (key === SHARED_KEY) shakeHands().catch(() => {});
  });
  await shakeHands();
}
