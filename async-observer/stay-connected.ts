/** One node after the other, for ever: connect, observe until the node is lost, go on with the next. By promises. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Access, accessOf, noAnswer, STOP_GRACE_MS } from '../common/client-options.ts';
import { conflateNotifications } from '../common/decoders.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { Observations } from '../common/observations.ts';
import { redisClient } from '../common/redis-client.ts';
import type { Settings } from '../common/settings.ts';
import { observe } from './observe.ts';

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger): Stop {
  conflateNotifications();
  const access = accessOf(settings);
  const observations = new Observations(settings, log);
  const aborter = new AbortController();
  const ended = goRound(settings, access, observations, aborter.signal);

  return async () => {
    aborter.abort();
    await ended;
    observations.logSummary();
  };
}

async function goRound(
  settings: Settings,
  access: Access,
  observations: Observations,
  signal: AbortSignal,
): Promise<void> {
  const ring = new NodeRing(settings.KEYDB_NODES, settings.HOME_NODE);
  while (!signal.aborted) {
    const { node, waitMs } = ring.next();
    try {
      await wait(waitMs, undefined, { signal });
      for await (const _ of connectAndObserve(node, settings, access, observations, signal)) ring.worked();
    } catch (error) {
      if (!signal.aborted) observations.logLost(node.name, error as Error);
    }
  }
}

async function* connectAndObserve(
  node: Node,
  settings: Settings,
  access: Access,
  observations: Observations,
  signal: AbortSignal,
): AsyncGenerator<void> {
  const client = redisClient(node, access);
  let lost: Error | undefined;
  // Also when the library would go on, as after a reply that nobody asked for: each later one is then another's.
  client.on('error', (error: Error) => {
    lost ??= error;
    client.destroy();
  });
  const deadline = setTimeout(() => client.emit('error', noAnswer(access)), access.answerTimeoutMs);
  client.on('ping-interval', () => deadline.refresh());
  const cutLater = () => setTimeout(() => client.destroy(), STOP_GRACE_MS).unref();
  signal.addEventListener('abort', cutLater);
  try {
    await client.connect();
    observations.logConnected(node.name);
    yield* observe(client, node.name, settings, observations, signal);
  } catch (error) {
    // What is rejected by the destruction says less than what led to it.
    throw lost ?? error;
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', cutLater);
    client.destroy();
  }
}
