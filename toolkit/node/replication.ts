/** Waits until the writes so far have reached the other nodes, according to INFO. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Info } from './info.ts';
import { type OpenNode, readInfo } from './nodes.ts';

export interface Replication {
  /** Links between the nodes that are down or in a full resynchronization. */
  down: string[];
  /** Links that are up, but were still behind at the timeout. */
  behind: string[];
}

const POLL_MS = 50;

/** Watches the replication between the nodes of a run. */
export class ReplicationWatch {
  readonly #nodes: readonly OpenNode[];
  readonly #waitMs: number;
  readonly #signal: AbortSignal;
  /** Links that stayed down for a complete wait. Later rounds do not wait for them again. */
  #givenUp = new Set<string>();

  constructor(nodes: readonly OpenNode[], waitMs: number, signal: AbortSignal) {
    this.#nodes = nodes;
    this.#waitMs = waitMs;
    this.#signal = signal;
  }

  /**
   * Waits until each replica has confirmed its master's offset from the time of the call, up to the run's limit.
   * Ignores nodes that do not replicate from each other.
   * @throws NodeError.
   */
  async caughtUp(): Promise<Replication> {
    const deadline = performance.now() + this.#waitMs;
    let infos = await this.#infos();
    const targets = infos.map((info) => info.offset);
    for (;;) {
      const down = linksDown(this.#nodes, infos);
      const behind = linksBehind(this.#nodes, infos, targets);
      const awaited = behind.length > 0 || down.some((link) => !this.#givenUp.has(link));
      if (!awaited || performance.now() >= deadline) {
        this.#givenUp = new Set(down);
        return { down, behind };
      }
      await wait(POLL_MS, undefined, { signal: this.#signal });
      infos = await this.#infos();
    }
  }

  async #infos(): Promise<Info[]> {
    return Promise.all(this.#nodes.map((node) => readInfo(node.connection)));
  }
}

/**
 * Returns links that are down according to the receiving node. Counts only links between the given nodes. They are
 * matched by port, because a node's peers may use other host names for it.
 */
export function linksDown(nodes: readonly OpenNode[], infos: readonly Info[]): string[] {
  return infos.flatMap((info, i) =>
    info.masters
      .filter((master) => !master.up && hasPort(nodes, i, master.port))
      .map((master) => `${nodes[i]?.name} does not receive from ${master.host}:${master.port}`),
  );
}

/**
 * Returns links whose replica has not confirmed the master's offset at the given time.
 *
 * In INFO, only these offsets belong to one stream: a master's `master_repl_offset`, and the `offset` of its `slaveN`
 * lines. In a mesh, each node has its own stream.
 */
export function linksBehind(
  nodes: readonly OpenNode[],
  infos: readonly Info[],
  targets: readonly number[],
): string[] {
  return infos.flatMap((info, i) =>
    info.replicas
      .filter((replica) => hasPort(nodes, i, replica.port))
      .filter((replica) => !replica.online || replica.offset < (targets[i] ?? 0))
      .map((replica) => {
        const bytes = (targets[i] ?? 0) - replica.offset;
        return `${replica.name} ${replica.online ? `is ${bytes} bytes behind` : 'is being synchronized by'} ${nodes[i]?.name}`;
      }),
  );
}

function hasPort(nodes: readonly OpenNode[], except: number, port: number): boolean {
  return nodes.some((node, i) => i !== except && (node.info.port === port || node.address.port === port));
}
