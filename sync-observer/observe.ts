/**
 * Which write is new on this node? Answered by callbacks: each step names the function that continues after it.
 *
 *     notified → GET the shared key on the same node → time difference → SET the handshake
 *
 * Channel notifications and commands share one connection (RESP3 allows it). A reply is therefore at least as new as the
 * notifications received before it.
 */
import { type Clock, systemClock } from '../common/clock.ts';
import type { Observation } from '../common/observation.ts';
import type { Observations } from '../common/observations.ts';
import { type Cause, type Reply, replyOf, stronger } from '../common/reading.ts';
import type { Settings } from '../common/settings.ts';
import { type Connections, subscribe } from './notifications.ts';

export interface Callbacks {
  /** The node completed an observation, or had nothing new. */
  onObserved(): void;
  /** The node cannot be worked with. */
  onError(error: Error): void;
}

/**
 * Observes on connected clients until stopped. While one observation is in flight, further notifications only mark one
 * more read as pending, so the work stays bounded at any write rate.
 * @returns stop: calls back once nothing is in flight and nothing more will be sent.
 */
export function observe(
  connections: Connections,
  node: string,
  settings: Settings,
  observations: Observations,
  { onObserved, onError }: Callbacks,
  clock: Clock = systemClock,
): (done: () => void) => void {
  const { SHARED_KEY, HANDSHAKE_KEY, RECHECK_INTERVAL_MS } = settings;
  const { client, writeNode } = connections;
  let pending: Cause | undefined;
  let notifiedMicros: number | undefined;
  let inFlight = false;
  let stopped: (() => void) | undefined;
  let cancelPoll = () => {};

  subscribe(connections, settings, wake, (error) => (error ? fail(error) : wake('connected')));

  function wake(cause: Cause): void {
    if (cause === 'notified') notifiedMicros = clock.micros();
    pending = stronger(pending, cause);
    if (!inFlight) read();
  }

  function read(): void {
    if (pending === undefined || stopped) return;
    const cause = pending;
    pending = undefined;
    inFlight = true;
    cancelPoll();
    client.get(SHARED_KEY, (error, text) => {
      let reply: Reply;
      try {
        reply = replyOf(error, text);
      } catch (lost) {
        return fail(lost as Error);
      }
      // A notification that arrived before the reply announced this value, so the write was not missed. If there is no
      // value, it announced a later write, for which a read is pending.
      const by = reply === null ? cause : stronger(pending, cause);
      const observation = observations.observe(reply, by, notifiedMicros);
      if (observation) shakeHands(observation);
      else finish();
    });
  }

  function shakeHands(observation: Observation): void {
    const sentMicros = clock.micros();
    writeNode.set(HANDSHAKE_KEY, observation.handshake, (error, acknowledgedBy) => {
      const acknowledgedMicros = clock.micros();
      // Not earlier: on few cores, writing the log line would compete with the replication of the handshake.
      observations.logRead(observation, node);
      if (error) return fail(error);
      observations.logHandshake(observation, acknowledgedBy, { sentMicros, acknowledgedMicros });
      finish();
    });
  }

  function finish(): void {
    inFlight = false;
    onObserved();
    if (stopped) {
      stopped();
      return;
    }
    if (RECHECK_INTERVAL_MS > 0) cancelPoll = clock.after(RECHECK_INTERVAL_MS, () => wake('recheck'));
    read();
  }

  function fail(error: Error): void {
    const wasInFlight = inFlight;
    inFlight = false;
    cancelPoll();
    if (!stopped) onError(error);
    // Without a read in flight, the stop has already called back.
    else if (wasInFlight) stopped();
  }

  return (done) => {
    cancelPoll();
    stopped = done;
    if (!inFlight) done();
  };
}
