/** A typical first version of an observer: an unbounded queue, and for each notification await GET, await SET. */
import { channelsOf } from '../../../common/channels.ts';
import type { RedisClient } from '../../../common/redis-client.ts';
import type { Settings } from '../../../common/settings.ts';
import { handshakeFor } from './naive-handshake.ts';

/** Observes on connected clients (see `openBoth`) until a connection ends. */
export async function naiveAwaiting(
  [client, writer]: [RedisClient, RedisClient],
  settings: Settings,
): Promise<void> {
  const { SHARED_KEY, HANDSHAKE_KEY } = settings;
  const queue: string[] = [SHARED_KEY];
  let resume = () => {};
  await client.subscribe(channelsOf(SHARED_KEY, settings), (key) => {
    queue.push(key);
    resume();
  });
  for (;;) {
    const key = queue.shift();
    if (key === undefined) {
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    } else if (key === SHARED_KEY) {
      const text = await client.get(SHARED_KEY);
      if (text !== null) await writer.set(HANDSHAKE_KEY, handshakeFor(text, settings));
    }
  }
}
