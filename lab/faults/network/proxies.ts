/** A network for machines without namespaces: a TCP proxy for each link between nodes or clients. */
import { Links, type NodePlace } from '../../../operate/local/index.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { type Slowness, TcpProxy } from '../../../toolkit/tcp-proxy.ts';
import type { Network } from './network.ts';

export class Proxies implements Network {
  readonly kind = 'proxies';
  readonly servicePrefix: readonly string[] = [];
  readonly serviceHost = '127.0.0.1';
  readonly ports: readonly number[];
  readonly #clients: readonly TcpProxy[];
  readonly #links: Links;

  private constructor(ports: readonly number[], clients: TcpProxy[], links: Links) {
    this.ports = ports;
    this.#clients = clients;
    this.#links = links;
  }

  static async open(count: number): Promise<Proxies> {
    const ports = await freePorts(count);
    const clients = await Promise.all(ports.map((port) => TcpProxy.open(port)));
    return new Proxies(ports, clients, await Links.open(ports));
  }

  get addresses(): readonly string[] {
    return this.#clients.map(({ address }) => address);
  }

  placeOf(port: number): NodePlace {
    return this.#links.placeOf(port);
  }

  async cutPeers(one: number, other: number): Promise<void> {
    for (const { proxy } of this.#links.between(this.#portOf(one), this.#portOf(other))) proxy.block();
  }

  async cutClients(node: number): Promise<void> {
    this.#clients[node]?.block();
  }

  async slow(node: number, slowness: Slowness): Promise<void> {
    this.#clients[node]?.slow(slowness);
    for (const { proxy } of this.#links.of(this.#portOf(node))) proxy.slow(slowness);
  }

  async healAll(): Promise<void> {
    await Promise.all(this.#all().map((proxy) => proxy.heal()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((proxy) => proxy.cut()));
  }

  #portOf(node: number): number {
    return this.ports[node] ?? 0;
  }

  #all(): TcpProxy[] {
    return [...this.#clients, ...this.#links.all.map(({ proxy }) => proxy)];
  }
}
