/** The node that receives the handshakes of a sync-observer: its own node, or another one on a second connection. */
import type { Redis } from 'ioredis';
import type { Access } from '../common/client-options.ts';
import type { Node } from '../common/nodes.ts';
import type { WriteNodes } from '../common/write-nodes.ts';
import { connect, type Session } from './session.ts';

export interface WriteNode {
  /** @param done called back with the node that acknowledged; without a node if no write node is reachable. */
  set(key: string, value: string, done: (error?: Error | null, node?: string) => void): void;
  /** Called back when a write node is reachable again. */
  onBack?: () => void;
  close(): void;
}

/** Sends on the connection of the observer. */
export function sameNode(client: Redis, node: string): WriteNode {
  return { set: (key, value, done) => client.set(key, value, (error) => done(error, node)), close() {} };
}

/**
 * Stays connected to one write node after the other until it is closed. One handshake is in flight at a time. If its
 * node is lost, it calls back without a node, so that the observer goes on.
 */
export function otherNode(nodes: WriteNodes, access: Access): WriteNode {
  let connected: { session: Session; name: string } | undefined;
  let inFlight: ((node?: string) => void) | undefined;
  let stop: () => void;
  next();

  function next(): void {
    const { node, waitMs } = nodes.next();
    const timer = setTimeout(() => open(node), waitMs);
    stop = () => clearTimeout(timer);
  }

  function open(node: Node): void {
    const { name } = node;
    const session = connect(node, access, false, {
      onReady: () => {
        connected = { session, name };
        writeNode.onBack?.();
      },
      onLost: (error) => {
        connected = undefined;
        nodes.logLost(name, error);
        next();
        inFlight?.();
      },
    });
    stop = session.close;
  }

  const writeNode: WriteNode = {
    set(key, value, done) {
      if (!connected) return done();
      const { session, name } = connected;
      const end = (node?: string) => {
        if (inFlight !== end) return;
        inFlight = undefined;
        done(null, node);
      };
      inFlight = end;
      session.client.set(key, value, (error) => {
        if (error) return session.lose(error);
        nodes.worked(name);
        end(name);
      });
    },
    close() {
      connected = undefined;
      stop();
      inFlight?.();
    },
  };
  return writeNode;
}
