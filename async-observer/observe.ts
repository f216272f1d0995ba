/**
 * Which write is new on this node? Answered by an async iterator: the steps stand in the order in which they happen.
 *
 *     notified → GET the shared key on the same node → time difference → SET the handshake
 *
 * Notifications and commands share one connection (RESP3 allows it). A reply is therefore at least as new as the
 * notifications received before it.
 */
import { type Clock, systemClock } from '../common/clock.ts';
import { orLost } from '../common/lost-node.ts';
import type { Observations } from '../common/observations.ts';
import { replyTo, stronger } from '../common/reading.ts';
import type { Settings } from '../common/settings.ts';
import { type Connections, type Ends, WakeUps } from './wake-ups.ts';

/**
 * Observes on a connected client until stopped. While one observation is in flight, further notifications only mark one
 * more read as pending, so the work stays bounded at any write rate.
 * @yields after each read: the node completed an observation, or had nothing new.
 * @throws LostNode if the node cannot be worked with.
 */
export async function* observe(
  connections: Connections,
  node: string,
  settings: Settings,
  observations: Observations,
  ends: Ends,
  clock: Clock = systemClock,
): AsyncGenerator<void> {
  const { SHARED_KEY, HANDSHAKE_KEY } = settings;
  const { client, writeNode } = connections;
  const wakeUps = new WakeUps(connections, settings, ends, clock);

  for await (const cause of wakeUps) {
    const reply = await replyTo(client.get(SHARED_KEY));
    // A notification that arrived before the reply announced this value, so the write was not missed. If there is no value,
    // it announced a later write, for which a read is pending.
    const by = reply === null ? cause : stronger(wakeUps.pending, cause);
    const observation = observations.observe(reply, by, wakeUps.notifiedMicros);
    if (observation) {
      const sentMicros = clock.micros();
      let acknowledgedBy: string | undefined;
      let acknowledgedMicros: number;
      try {
        acknowledgedBy = await orLost(writeNode.set(HANDSHAKE_KEY, observation.handshake));
      } finally {
        acknowledgedMicros = clock.micros();
        // Not earlier: node-redis sends in the next turn of the event loop, so the log line would delay the handshake.
        observations.logRead(observation, node);
      }
      observations.logHandshake(observation, acknowledgedBy, { sentMicros, acknowledgedMicros });
    }
    yield;
  }
}
