/** The interface of a network whose links the lab can cut and slow down. */
import type { NodePlace } from '../../../operate/local/index.ts';
import type { Slowness } from '../../../toolkit/tcp-proxy.ts';

export interface Network {
  readonly kind: 'namespaces' | 'proxies';
  /** Port of each node, which also identifies it. */
  readonly ports: readonly number[];
  /** Address of each node for clients, `host:port`, in the same order. */
  readonly addresses: readonly string[];
  /** Command prefix that starts a service inside the network. */
  readonly servicePrefix: readonly string[];
  /** Host at which a program outside of the network reaches the services. No cut affects it. */
  readonly serviceHost: string;
  /** Returns the addresses and the command prefix of the node with this port. */
  placeOf(port: number): NodePlace;
  /** Cuts the link between two nodes in both directions. */
  cutPeers(one: number, other: number): Promise<void>;
  /** Cuts the links between a node and all clients. */
  cutClients(node: number): Promise<void>;
  /** Slows down all links of a node, to peers and clients. */
  slow(node: number, slowness: Slowness): Promise<void>;
  /** Restores all links. */
  healAll(): Promise<void>;
  /** Removes the network. All processes in it must have ended. */
  close(): Promise<void>;
}
