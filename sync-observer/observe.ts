/**
 * Which write is new on this node? Answered by callbacks: each step names the function that goes on once it is done.
 *
 *     notified → GET the shared key on the same node → time difference → SET the handshake
 *
 * Notifications and commands share one connection (RESP3 allows it): what a reply says can then be no older than the
 * notifications received before it, and there is only one thing to lose.
 */
import type { Redis } from 'ioredis';
import { channelsOf, tellsOfSet } from '../common/channels.ts';
import type { Observation, Observations } from '../common/observations.ts';
import { type Cause, isText, isWrongType, NO_TEXT, stronger, WRONG_TYPE } from '../common/reading.ts';
import type { Settings } from '../common/settings.ts';

export interface Callbacks {
  /** The node did an observation's work, or had nothing new. */
  onObserved(): void;
  /** The node refused a command, so it cannot be worked with. */
  onError(error: Error): void;
}

/**
 * Observes on a connected client until stopped. While one observation is in flight, further notifications only mark
 * that another read is due, so the work stays bounded whatever the write rate.
 * @returns stop: calls back once nothing is in flight and nothing more will be sent.
 */
export function observe(
  client: Redis,
  node: string,
  settings: Settings,
  observations: Observations,
  { onObserved, onError }: Callbacks,
): (done: () => void) => void {
  const { SHARED_KEY, HANDSHAKE_KEY, RECHECK_INTERVAL_MS } = settings;
  const isSet = tellsOfSet(SHARED_KEY, settings);
  let due: Cause | undefined;
  let inFlight = false;
  let stopped: (() => void) | undefined;

  const recheck =
    RECHECK_INTERVAL_MS > 0 ? setTimeout(() => wake('recheck'), RECHECK_INTERVAL_MS) : undefined;

  client.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
    if (isSet(message)) wake('notified');
  });
  client.subscribe(...channelsOf(SHARED_KEY, settings), (error) => {
    if (error) fail(error);
    else wake('connected');
  });

  function wake(cause: Cause): void {
    due = stronger(due, cause);
    if (!inFlight) read();
  }

  function read(): void {
    if (due === undefined || stopped) return;
    const cause = due;
    due = undefined;
    inFlight = true;
    client.get(SHARED_KEY, (error, text) => {
      if (error && !isWrongType(error)) return fail(error);
      if (!error && !isText(text)) return fail(new Error(NO_TEXT));
      // A notification that overtook the reply tells of the value read: it was not lost.
      const observation = observations.judge(error ? WRONG_TYPE : (text ?? null), stronger(due, cause));
      if (observation) shakeHands(observation);
      else finish();
    });
  }

  function shakeHands(observation: Observation): void {
    client.set(HANDSHAKE_KEY, observation.handshake, (error) => {
      if (error) return fail(error);
      observations.logHandshake(observation, node);
      finish();
    });
    observations.logRead(observation, node);
  }

  function finish(): void {
    inFlight = false;
    recheck?.refresh();
    onObserved();
    if (stopped) stopped();
    else read();
  }

  function fail(error: Error): void {
    inFlight = false;
    clearTimeout(recheck);
    if (stopped) stopped();
    else onError(error);
  }

  return (done) => {
    clearTimeout(recheck);
    stopped = done;
    if (!inFlight) done();
  };
}
