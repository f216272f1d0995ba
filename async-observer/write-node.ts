/** The node that receives the handshakes of an async-observer: its own node, or another one on a second connection. */
import { once } from 'node:events';
import type { Access } from '../common/client-options.ts';
import type { RedisClient } from '../common/redis-client.ts';
import type { WriteNodes } from '../common/write-nodes.ts';
import { connected, eachNode, type Session } from './session.ts';

export interface WriteNode {
  /** @returns the node that acknowledged; `undefined` if no write node is reachable. */
  set(key: string, value: string): Promise<string | undefined>;
  /** Called when a write node is reachable again. */
  onBack?: () => void;
}

/** Sends on the connection of the observer. */
export function sameNode(client: RedisClient, node: string): WriteNode {
  return {
    async set(key, value) {
      await client.set(key, value);
      return node;
    },
  };
}

/**
 * Stays connected to one write node after the other, until the signal aborts. If the node of a handshake is lost, `set`
 * returns no node, so that the observer goes on.
 */
export function otherNode(nodes: WriteNodes, access: Access, over: AbortSignal): WriteNode {
  let current: (Session & { name: string }) | undefined;

  const writeNode: WriteNode = {
    async set(key, value) {
      if (!current) return undefined;
      const { client, name, lose } = current;
      try {
        await client.set(key, value);
      } catch (error) {
        lose(error as Error);
        return undefined;
      }
      nodes.worked(name);
      return name;
    },
  };

  async function offer(session: Session, name: string): Promise<void> {
    current = { ...session, name };
    writeNode.onBack?.();
    if (!session.lost.aborted) await once(session.lost, 'abort');
    current = undefined;
    session.lost.throwIfAborted();
  }

  // Its only error is a defect, which ends the process as an unhandled rejection.
  void eachNode(
    nodes,
    over,
    (node) => connected(node, access, false, over, (session) => offer(session, node.name)),
    ({ name }, error) => nodes.logLost(name, error),
  );
  return writeNode;
}
