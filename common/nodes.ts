/** The addresses of the nodes, and the order in which a service tries them. */

import { shown } from './value.ts';

export interface Node {
  host: string;
  port: number;
  /** `host:port`, as in the settings and in the logs. */
  name: string;
}

/**
 * Parses `host:port` (an IPv6 host in brackets).
 * @throws Error that names the expected format and omits any password in the text.
 */
export function parseNode(text: string): Node {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([^\s\p{C}:@/[\]]{1,253})):(\d{1,5})$/u.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    const safe = text.includes('@') ? `…@${text.slice(text.lastIndexOf('@') + 1)}` : text;
    throw new Error(`host:port with a port from 1 to 65535, not "${shown(safe.trim())}"`);
  }
  return { host, port, name: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` };
}

/** Parses a comma-separated list of one or more different nodes. @throws Error as `parseNode`. */
export function parseNodes(text: string): Node[] {
  // Checked before the split, because a password split at its commas would not be detected.
  if (text.includes('@')) throw new Error('host:port, comma separated, without user and password');
  const nodes = text.split(',').map(parseNode);
  assertDistinct(nodes.map((node) => node.name));
  return nodes;
}

/** @throws Error that names the first node that is listed twice. */
export function assertDistinct(nodes: readonly string[]): void {
  const twice = nodes.find((name, i) => nodes.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`each node once, but ${twice} is listed twice`);
}

/** Pause between two nodes of one round, so that many clients of a lost node do not connect to the next one at once. */
const SPREAD_MS = 50;
/** Backoff after the first round in which no node answered; it doubles with each round. */
const FIRST_WAIT_MS = 100;
/** Maximum backoff. It is low because a service without a node has no other work. */
const LONGEST_WAIT_MS = 1_000;

/**
 * Returns the nodes in turn, starting with the home node, or with the first node if the home node is not one of them. The
 * next node follows almost at once. Only a full round without an answer adds a backoff, which doubles up to a maximum,
 * with jitter.
 */
export class NodeRing {
  readonly #nodes: readonly Node[];
  readonly #random: () => number;
  #index: number;
  /** Attempts since a node last did its work. */
  #failures = 0;
  #started = false;

  constructor(nodes: readonly Node[], home: Node, random: () => number = Math.random) {
    this.#nodes = nodes;
    this.#index = Math.max(
      0,
      nodes.findIndex((node) => node.name === home.name),
    );
    this.#random = random;
  }

  /** Returns the next node to try, and the delay before the attempt, in milliseconds. */
  next(): { node: Node; waitMs: number } {
    if (this.#started) this.#index = (this.#index + 1) % this.#nodes.length;
    const waitMs = this.#started ? this.#wait() : 0;
    this.#started = true;
    this.#failures += 1;
    const node = this.#nodes[this.#index];
    if (node === undefined) throw new Error('the list of nodes is empty');
    return { node, waitMs };
  }

  /** Whether each node was tried since one last did its work. */
  get exhausted(): boolean {
    return this.#failures >= this.#nodes.length;
  }

  /** Resets the backoff. Call it when a node did its work, not when it only accepted a connection. */
  worked(): void {
    this.#failures = 0;
  }

  #wait(): number {
    const rounds = Math.floor(this.#failures / this.#nodes.length);
    if (rounds === 0 || this.#failures % this.#nodes.length !== 0) return this.#random() * SPREAD_MS;
    const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (rounds - 1));
    return full * (0.5 + this.#random() / 2);
  }
}
