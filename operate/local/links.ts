/** The replication links between nodes of this machine, each through a proxy that can cut it. Needs no privilege. */
import { TcpProxy } from '../../toolkit/tcp-proxy.ts';
import type { NodePlace } from './node-process.ts';

const HOST = '127.0.0.1';

interface Link {
  /** Port of the node that receives. */
  to: number;
  /** Port of the node that sends. */
  from: number;
  proxy: TcpProxy;
}

export class Links {
  readonly #links: readonly Link[];

  private constructor(links: Link[]) {
    this.#links = links;
  }

  /**
   * Opens a proxy for each direction between each two nodes.
   * @param ports of the nodes.
   * @param portOf returns the port of the proxy through which one node receives from another; 0: any free port.
   */
  static async open(
    ports: readonly number[],
    portOf: (to: number, from: number) => number = () => 0,
  ): Promise<Links> {
    const pairs = ports.flatMap((to) => ports.filter((from) => from !== to).map((from) => ({ to, from })));
    const opened = pairs.map(async ({ to, from }) => {
      return { to, from, proxy: await TcpProxy.open(from, portOf(to, from)) };
    });
    return new Links(await Promise.all(opened));
  }

  /** Returns the place of a node that receives through the proxies. */
  placeOf(port: number): NodePlace {
    const proxyTo = (other: number) => this.between(port, other).find(({ to }) => to === port)?.proxy;
    return { routeTo: (other) => ({ host: HOST, port: proxyTo(other)?.port ?? other }) };
  }

  /** Returns both directions of a link. */
  between(one: number, other: number): readonly Link[] {
    return this.of(one).filter(({ to, from }) => to === other || from === other);
  }

  /** Returns all links of a node. */
  of(port: number): readonly Link[] {
    return this.#links.filter(({ to, from }) => to === port || from === port);
  }

  /** Returns the node behind each proxy, in the format of PEER_NAMES. */
  get names(): string {
    return this.#links.map(({ proxy, from }) => `${proxy.address}=${HOST}:${from}`).join(',');
  }

  get all(): readonly Link[] {
    return this.#links;
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map(({ proxy }) => proxy.cut()));
  }
}
