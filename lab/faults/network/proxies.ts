/** A network for machines without namespaces: a TCP proxy for each link between nodes or clients. */
import type { NodePlace } from '../../../operate/local/index.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { type Slowness, TcpProxy } from '../../../toolkit/tcp-proxy.ts';
import type { Network } from './network.ts';

export class Proxies implements Network {
  readonly kind = 'proxies';
  readonly servicePrefix: readonly string[] = [];
  readonly serviceHost = '127.0.0.1';
  readonly ports: readonly number[];
  readonly #clients: readonly TcpProxy[];
  /** Replication links: `#peers[from][to]`; undefined if both are the same node. */
  readonly #peers: readonly (readonly (TcpProxy | undefined)[])[];

  private constructor(ports: readonly number[], clients: TcpProxy[], peers: (TcpProxy | undefined)[][]) {
    this.ports = ports;
    this.#clients = clients;
    this.#peers = peers;
  }

  static async open(count: number): Promise<Proxies> {
    const ports = await freePorts(count);
    const clients = await Promise.all(ports.map((port) => TcpProxy.open(port)));
    const peers = await Promise.all(
      ports.map((from) => Promise.all(ports.map((to) => (to === from ? undefined : TcpProxy.open(to))))),
    );
    return new Proxies(ports, clients, peers);
  }

  get addresses(): readonly string[] {
    return this.#clients.map(({ address }) => address);
  }

  placeOf(port: number): NodePlace {
    const from = this.ports.indexOf(port);
    return {
      routeTo: (other) => ({
        host: '127.0.0.1',
        port: this.#peers[from]?.[this.ports.indexOf(other)]?.port ?? other,
      }),
    };
  }

  async cutPeers(one: number, other: number): Promise<void> {
    this.#peers[one]?.[other]?.block();
    this.#peers[other]?.[one]?.block();
  }

  async cutClients(node: number): Promise<void> {
    this.#clients[node]?.block();
  }

  async slow(node: number, slowness: Slowness): Promise<void> {
    const peers = this.#peers.flatMap((row, from) => (from === node ? row : row[node]));
    for (const link of [this.#clients[node], ...peers]) link?.slow(slowness);
  }

  async healAll(): Promise<void> {
    await Promise.all(this.#all().map((link) => link.heal()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((link) => link.cut()));
  }

  #all(): TcpProxy[] {
    return [...this.#clients, ...this.#peers.flat()].flatMap((link) => link ?? []);
  }
}
