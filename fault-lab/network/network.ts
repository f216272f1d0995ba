/** A network of nodes and services in which links can be cut and slowed down, whichever way that is done. */
import type { NodePlace } from '../../local/node-process.ts';

/** How slow a link becomes. */
export interface Slowness {
  /** What each packet or chunk takes longer, milliseconds. */
  delayMs: number;
  /** Share of the packets that are lost, 0 to 1. */
  loss: number;
}

export interface Network {
  readonly kind: 'namespaces' | 'proxies';
  /** The port of each node, which also is how nodes are told apart. */
  readonly ports: readonly number[];
  /** Where clients reach each node, `host:port`, in the same order. */
  readonly addresses: readonly string[];
  /** What runs a service, so that it is a part of the network. */
  readonly servicePrefix: readonly string[];
  /** Where the node that listens on a port lives. */
  placeOf(port: number): NodePlace;
  /** Silence between two nodes, by their numbers, both ways. */
  cutPeers(one: number, other: number): Promise<void>;
  /** Silence between a node and all clients. */
  cutClients(node: number): Promise<void>;
  /** Slows down all links of a node, to its peers and to clients. */
  slow(node: number, slowness: Slowness): Promise<void>;
  /** Undoes all of it. */
  healAll(): Promise<void>;
  /** Takes the network down, after all that runs in it has ended. */
  close(): Promise<void>;
}
