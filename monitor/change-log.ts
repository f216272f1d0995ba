/** Logs each change of a replication link, and of the canaries of a pair. One line per change, not per reading. */
import type { Logger } from '../common/logger.ts';
import type { Link, NodeState, Pair } from './mesh-state.ts';

export class ChangeLog {
  readonly #log: Logger;
  readonly #links = new Map<string, Link['status']>();
  /** Pairs whose last canary was lost. */
  readonly #losing = new Set<Pair>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs the links whose status has changed. A link that is up when it is first seen is no change. */
  update(links: readonly Link[], nodes: readonly NodeState[]): void {
    for (const { node, peer, status } of links) {
      const link = `${node} ${peer}`;
      const before = this.#links.get(link);
      this.#links.set(link, status);
      if (before === undefined) this.#checkName(node, peer, nodes);
      if (status === (before ?? 'up')) continue;
      const fields = { event: `link-${status}`, node, peer };
      if (status === 'up') this.#log.info(fields, `${node} receives from ${peer} again`);
      else if (status === 'syncing')
        this.#log.warn(fields, `${node} loads a full resynchronization from ${peer}`);
      else this.#log.warn(fields, `${node} does not receive from ${peer}${causeOf(peer, nodes)}`);
    }
  }

  #checkName(node: string, peer: string, nodes: readonly NodeState[]): void {
    if (nodes.some(({ name }) => name === peer)) return;
    this.#log.warn(
      { event: 'peer-unknown', node, peer },
      `${node} replicates from ${peer}, which is no node of KEYDB_NODES: set PEER_NAMES to the name of this address`,
    );
  }

  logReceived(pair: Pair): void {
    if (!this.#losing.delete(pair)) return;
    const { from, to } = pair;
    this.#log.info({ event: 'canary-received', from, to }, `canaries from ${from} reach ${to} again`);
  }

  logLost(pair: Pair): void {
    if (this.#losing.has(pair)) return;
    this.#losing.add(pair);
    const { from, to } = pair;
    this.#log.warn(
      { event: 'canary-lost', from, to },
      `a write on ${from} was not announced on ${to}, although both nodes answer: check their link`,
    );
  }
}

function causeOf(peer: string, nodes: readonly NodeState[]): string {
  const state = nodes.find(({ name }) => name === peer);
  if (!state) return '';
  if (state.status === 'up') return ', although both nodes answer: check the network between them';
  return `, which is down (${state.status})`;
}
