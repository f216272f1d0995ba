/** Works with one node after the other: connect, work until the node is lost, fail over. By promises. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Access, noAnswer } from '../common/client-options.ts';
import { LostNode, orLost } from '../common/lost-node.ts';
import type { Node, NodeRing } from '../common/nodes.ts';
import { type RedisClient, redisClient } from '../common/redis-client.ts';

/** A connection to one node. */
export interface Session {
  client: RedisClient;
  /** Aborts when the connection ends. The reason is a LostNode. */
  lost: AbortSignal;
  /** Ends the connection as a loss of the node. */
  lose(error: Error): void;
}

/** Works with one node after the other, until stopped. */
export async function eachNode(
  ring: Pick<NodeRing, 'next'>,
  stopped: AbortSignal,
  work: (node: Node) => Promise<void>,
  onLost: (node: Node, error: LostNode) => void,
): Promise<void> {
  while (!stopped.aborted) {
    const { node, waitMs } = ring.next();
    await wait(waitMs, undefined, { signal: stopped }).catch(() => {});
    if (stopped.aborted) return;
    try {
      await work(node);
    } catch (error) {
      if (!(error instanceof LostNode)) throw error;
      if (!stopped.aborted) onLost(node, error);
    }
  }
}

/**
 * Connects to a node, and closes the connection after the work.
 * @param cut ends the connection at once.
 * @throws LostNode if the node is lost.
 */
export async function connected(
  node: Node,
  access: Access,
  tracking: boolean,
  cut: AbortSignal,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const client = redisClient(node, access, tracking);
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
  const onCut = () => lose(new Error('the connection was closed'));
  cut.addEventListener('abort', onCut);
  try {
    await orLost(client.connect());
    await work({ client, lost, lose });
  } catch (error) {
    // Prefer the original error. `destroy()` rejects pending commands with a less specific one.
    throw error instanceof LostNode && lost.aborted ? lost.reason : error;
  } finally {
    clearTimeout(deadline);
    cut.removeEventListener('abort', onCut);
    onCut();
  }
}
