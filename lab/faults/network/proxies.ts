/** A network for machines without namespaces: a TCP proxy for each link between nodes or clients. */
import type { NodePlace } from '../../../operate/local/index.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { LinkProxy } from './link-proxy.ts';
import type { Network, Slowness } from './network.ts';

const HOST = '127.0.0.1';

export class Proxies implements Network {
  readonly kind = 'proxies';
  readonly servicePrefix: readonly string[] = [];
  readonly ports: readonly number[];
  readonly #clients: readonly LinkProxy[];
  /** Replication links: `#peers[from][to]`; undefined if both are the same node. */
  readonly #peers: readonly (readonly (LinkProxy | undefined)[])[];

  private constructor(ports: readonly number[], clients: LinkProxy[], peers: (LinkProxy | undefined)[][]) {
    this.ports = ports;
    this.#clients = clients;
    this.#peers = peers;
  }

  static async open(count: number): Promise<Proxies> {
    const ports = await freePorts(count);
    const clients = await Promise.all(ports.map((port) => LinkProxy.open(port)));
    const peers = await Promise.all(
      ports.map((from) => Promise.all(ports.map((to) => (to === from ? undefined : LinkProxy.open(to))))),
    );
    return new Proxies(ports, clients, peers);
  }

  get addresses(): readonly string[] {
    return this.#clients.map(({ port }) => `${HOST}:${port}`);
  }

  placeOf(port: number): NodePlace {
    const from = this.ports.indexOf(port);
    return {
      routeTo: (other) => ({
        host: HOST,
        port: this.#peers[from]?.[this.ports.indexOf(other)]?.port ?? other,
      }),
    };
  }

  async cutPeers(one: number, other: number): Promise<void> {
    await Promise.all([this.#peers[one]?.[other]?.cut(), this.#peers[other]?.[one]?.cut()]);
  }

  async cutClients(node: number): Promise<void> {
    await this.#clients[node]?.cut();
  }

  async slow(node: number, slowness: Slowness): Promise<void> {
    const peers = this.#peers.flatMap((row, from) => (from === node ? row : row[node]));
    for (const link of [this.#clients[node], ...peers]) link?.slow(slowness);
  }

  async healAll(): Promise<void> {
    await Promise.all(this.#all().map((link) => link.heal()));
  }

  async close(): Promise<void> {
    for (const link of this.#all()) link.close();
  }

  #all(): LinkProxy[] {
    return [...this.#clients, ...this.#peers.flat()].flatMap((link) => link ?? []);
  }
}
