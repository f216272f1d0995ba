/** Works with one node after the other, forever: connect, observe until the node is lost, fail over. By promises. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Access, accessOf, noAnswer, STOP_GRACE_MS } from '../common/client-options.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import { LostNode, orLost } from '../common/lost-node.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { Observations } from '../common/observations.ts';
import { redisClient } from '../common/redis-client.ts';
import type { Settings } from '../common/settings.ts';
import { observe } from './observe.ts';

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger): Stop {
  const access = accessOf(settings);
  const observations = new Observations(settings, log);
  const aborter = new AbortController();
  const ended = workForever(settings, access, observations, aborter.signal);

  return async () => {
    aborter.abort();
    await ended;
    observations.logSummary();
  };
}

async function workForever(
  settings: Settings,
  access: Access,
  observations: Observations,
  stopped: AbortSignal,
): Promise<void> {
  const ring = new NodeRing(settings.KEYDB_NODES, settings.HOME_NODE);
  while (!stopped.aborted) {
    const { node, waitMs } = ring.next();
    await wait(waitMs, undefined, { signal: stopped }).catch(() => {});
    try {
      for await (const _ of connectAndObserve(node, settings, access, observations, stopped)) ring.worked();
    } catch (error) {
      if (!(error instanceof LostNode)) throw error;
      if (!stopped.aborted) observations.logLost(node.name, error);
    }
  }
}

async function* connectAndObserve(
  node: Node,
  settings: Settings,
  access: Access,
  observations: Observations,
  stopped: AbortSignal,
): AsyncGenerator<void> {
  if (stopped.aborted) return;
  const client = redisClient(node, access, settings.KEY_CHANNEL === 'tracking');
  const loss = new AbortController();
  const lost = loss.signal;
  const lose = (error: Error) => {
    loss.abort(new LostNode(error));
    client.destroy();
  };
  // Also when the library would continue: after an unsolicited reply it matches each later reply to the wrong command.
  client.on('error', lose);
  const deadline = setTimeout(() => lose(noAnswer(access)), access.answerTimeoutMs);
  client.on('ping-interval', () => deadline.refresh());
  const cutLater = () => setTimeout(() => client.destroy(), STOP_GRACE_MS).unref();
  stopped.addEventListener('abort', cutLater);
  try {
    await orLost(client.connect());
    observations.logConnected(node.name);
    yield* observe(client, node.name, settings, observations, { stopped, lost });
  } catch (error) {
    // Prefer the original error. `destroy()` rejects pending commands with a less specific one.
    throw error instanceof LostNode && lost.aborted ? lost.reason : error;
  } finally {
    clearTimeout(deadline);
    stopped.removeEventListener('abort', cutLater);
    client.destroy();
  }
}
