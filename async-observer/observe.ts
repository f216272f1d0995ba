/**
 * Which write is new on this node? Answered by an async iterator: the steps stand in the order in which they happen.
 *
 *     notified → GET the shared key on the same node → time difference → SET the handshake
 *
 * Notifications and commands share one connection (RESP3 allows it): what a reply says can then be no older than the
 * notifications received before it, and there is only one thing to lose.
 */
import type { Observations } from '../common/observations.ts';
import { stronger, textOrThrow, wrongTypeOrThrow } from '../common/reading.ts';
import type { RedisClient } from '../common/redis-client.ts';
import type { Settings } from '../common/settings.ts';
import { WakeUps } from './wake-ups.ts';

/**
 * Observes on a connected client until the signal aborts. While one observation is in flight, further notifications
 * only mark that another read is due, so the work stays bounded whatever the write rate.
 * @yields once the node did an observation's work, or had nothing new.
 * @throws Error if the node is lost or refuses a command, so that it cannot be worked with.
 */
export async function* observe(
  client: RedisClient,
  node: string,
  settings: Settings,
  observations: Observations,
  signal: AbortSignal,
): AsyncGenerator<void> {
  const { SHARED_KEY, HANDSHAKE_KEY } = settings;
  const wakeUps = new WakeUps(client, settings, signal);

  for await (const cause of wakeUps) {
    const reply = await client.get(SHARED_KEY).then(textOrThrow, wrongTypeOrThrow);
    // A notification that overtook the reply tells of the value read: it was not lost.
    const observation = observations.judge(reply, stronger(wakeUps.due, cause));
    if (observation) {
      const handshaken = client.set(HANDSHAKE_KEY, observation.handshake);
      observations.logRead(observation, node);
      await handshaken;
      observations.logHandshake(observation, node);
    }
    yield;
  }
}
