/**
 * The nodes to which an observer sends its handshakes while its own node does not accept writes: which one is next, and
 * the log lines. Both observers use it, so that they differ only in how they wait.
 */
import type { Logger } from './logger.ts';
import { reasonOf } from './lost-node.ts';
import { type Node, NodeRing } from './nodes.ts';
import type { Settings } from './settings.ts';

export class WriteNodes {
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #ring: NodeRing;
  /** The node that acknowledged the last handshake, until it is lost. */
  #working: string | undefined;
  /** Whether the log says that no write node is reachable. */
  #unreachable = false;

  constructor(settings: Settings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#ring = new NodeRing(settings.WRITE_NODES, settings.HOME_NODE);
  }

  has({ name }: Node): boolean {
    return this.#settings.WRITE_NODES.some((node) => node.name === name);
  }

  /** Returns the next node to try, and the delay before the attempt, in milliseconds. */
  next(): { node: Node; waitMs: number } {
    return this.#ring.next();
  }

  /** The node acknowledged a handshake. Logs that once per node. */
  worked(node: string): void {
    this.#ring.worked();
    if (node === this.#working) return;
    this.#working = node;
    this.#unreachable = false;
    const { SERVICE_NAME: service } = this.#settings;
    this.#log.info({ event: 'write-node', node }, `${service} sends its handshakes to ${node}`);
  }

  /** The node rejected a handshake, or its connection was lost. Logs once that no node is reachable. */
  logLost(node: string, error: Error): void {
    const reason = reasonOf(error);
    const { SERVICE_NAME: service } = this.#settings;
    if (this.#working !== undefined) {
      this.#working = undefined;
      this.#log.warn(
        { event: 'write-node-lost', node, reason },
        `${service} lost write node ${node}: ${reason}`,
      );
    } else if (this.#ring.exhausted && !this.#unreachable) {
      this.#unreachable = true;
      this.#log.warn(
        { event: 'no-write-node', node, reason },
        `${service} reaches no node of WRITE_NODES (${node}: ${reason}). It continues to observe, and sends the newest handshake when a node is back`,
      );
    }
  }
}
