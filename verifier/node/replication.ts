/** Waits until what was written by now has reached the other nodes, as far as INFO tells. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Info } from './info.ts';
import { type OpenNode, readInfo } from './nodes.ts';

export interface Replication {
  /** Links between the nodes that are down or still being filled. */
  down: string[];
  /** Links that are up, but had not delivered in time. */
  behind: string[];
}

const POLL_MS = 50;

/** Follows the replication between the nodes of a run. */
export class ReplicationWatch {
  readonly #nodes: readonly OpenNode[];
  readonly #waitMs: number;
  readonly #signal: AbortSignal;
  /** Links that stayed down for a whole wait: not waited for again, or each round would take that long. */
  #givenUp = new Set<string>();

  constructor(nodes: readonly OpenNode[], waitMs: number, signal: AbortSignal) {
    this.#nodes = nodes;
    this.#waitMs = waitMs;
    this.#signal = signal;
  }

  /**
   * Waits until every replica has confirmed all that its master had sent when this was called, at most as long as
   * the run allows. Nodes that do not replicate from one another are not waited for.
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
 * Links of which the receiving end says that they are down. Only those to another of the nodes count: they are told
 * apart by port, since a node's peers know it by other host names than we do.
 */
export function linksDown(nodes: readonly OpenNode[], infos: readonly Info[]): string[] {
  return infos.flatMap((info, i) =>
    info.masters
      .filter((master) => !master.up && hasPort(nodes, i, master.port))
      .map((master) => `${nodes[i]?.name} does not receive from ${master.host}:${master.port}`),
  );
}

/**
 * Links over which a replica has not confirmed what its master had sent by then.
 *
 * Of the offsets in INFO, only these belong to one stream: a master's `master_repl_offset`, and the `offset` of its
 * `slaveN` lines. In a mesh, each node has a stream of its own.
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
