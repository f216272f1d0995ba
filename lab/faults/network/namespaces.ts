/**
 * A network of namespaces that drops real packets. Each node has its own namespace with two interfaces, `peers` and
 * `clients`. Each is a veth link to a bridge in the hub namespace, where the services also run. A cut drops packets in
 * the node's namespace. Both ends receive no data, and TCP continues if the cut is healed in time.
 *
 * The bridges are in a namespace because Docker's iptables rules on the host would drop their packets. Another veth link
 * connects the lab on the host to the hub.
 */
import type { NodePlace } from '../../../operate/local/index.ts';
import type { Slowness } from '../../../toolkit/tcp-proxy.ts';
import { inNamespace, ip } from './commands.ts';
import type { Network } from './network.ts';
import { freeSubnet } from './subnet.ts';

/** Prefix of all names, followed by the lab's process id, so that the next lab can identify leftovers. */
export const NAME = 'faultlab';
/** Exists only in the nodes' namespaces, so it cannot conflict with a network of the host. */
const PEERS_SUBNET = '192.168.213';
/** Always free, because each node has its own namespace. */
const FIRST_PORT = 6379;
/**
 * Rate limit for kernels without netem: packets queue up. The rate must suffice for the lab's own traffic. At 256 kbit/s,
 * the queue grew without limit, and replication stalled for up to 3.4 s regardless of the services.
 */
const NARROW = 'rate 1mbit burst 1600 latency 300ms';

export class Namespaces implements Network {
  readonly kind = 'namespaces';
  readonly ports: readonly number[];
  readonly #hub = `${NAME}-${process.pid}-hub`;
  readonly #subnet: string;

  private constructor(count: number, subnet: string) {
    this.#subnet = subnet;
    this.ports = Array.from({ length: count }, (_, i) => FIRST_PORT + i);
  }

  /** Creates the network. @throws Error if this is not permitted, after removing the parts already created. */
  static async open(count: number): Promise<Namespaces> {
    const network = new Namespaces(count, await freeSubnet());
    try {
      await network.#makeHub();
      for (const node of network.ports.keys()) await network.#makeNode(node);
      // Fail early: the faults need iptables.
      await network.#iptables(0, '-L -n');
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  get addresses(): readonly string[] {
    return this.ports.map((port, node) => `${this.#clientIp(node)}:${port}`);
  }

  get servicePrefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#hub];
  }

  get serviceHost(): string {
    return `${this.#subnet}.254`;
  }

  placeOf(port: number): NodePlace {
    const node = this.ports.indexOf(port);
    return {
      host: this.#clientIp(node),
      // A node connects to its peers from the first address. From the other one, replies would use the wrong link.
      bind: [this.#peerIp(node), this.#clientIp(node)],
      prefix: ['ip', 'netns', 'exec', this.#namespace(node)],
      routeTo: (other) => ({ host: this.#peerIp(this.ports.indexOf(other)), port: other }),
    };
  }

  async cutPeers(one: number, other: number): Promise<void> {
    await this.#iptables(one, `-A INPUT -i peers -s ${this.#peerIp(other)} -j DROP`);
    await this.#iptables(one, `-A OUTPUT -o peers -d ${this.#peerIp(other)} -j DROP`);
  }

  async cutClients(node: number): Promise<void> {
    await this.#iptables(node, '-A INPUT -i clients -j DROP');
    await this.#iptables(node, '-A OUTPUT -o clients -j DROP');
  }

  async slow(node: number, { delayMs, loss }: Slowness): Promise<void> {
    for (const link of ['peers', 'clients']) {
      const queue = `qdisc add dev ${link} root`;
      // Many kernels lack netem.
      await this.#tc(node, `${queue} netem delay ${delayMs}ms`).catch(() =>
        this.#tc(node, `${queue} tbf ${NARROW}`),
      );
    }
    for (const chain of ['INPUT', 'OUTPUT']) {
      await this.#iptables(node, `-A ${chain} -m statistic --mode random --probability ${loss} -j DROP`);
    }
  }

  async healAll(): Promise<void> {
    for (const node of this.ports.keys()) {
      await this.#iptables(node, '-F');
      // Fails if the link was not slow.
      for (const link of ['peers', 'clients'])
        await this.#tc(node, `qdisc del dev ${link} root`).catch(() => {});
    }
  }

  async close(): Promise<void> {
    // Deleting a namespace also deletes its interfaces and the other end of each veth link.
    for (const name of [...this.ports.keys()].map((node) => this.#namespace(node)).concat(this.#hub)) {
      await ip(`netns del ${name}`).catch(() => {});
    }
  }

  async #makeHub(): Promise<void> {
    const outside = `${NAME.slice(0, 5)}${process.pid}`;
    await ip(`netns add ${this.#hub}`);
    for (const bridge of ['peers', 'clients']) {
      await ip(`-n ${this.#hub} link add ${bridge} type bridge`);
      await ip(`-n ${this.#hub} link set ${bridge} up`);
    }
    await ip(`-n ${this.#hub} link set lo up`);
    await ip(`-n ${this.#hub} addr add ${this.serviceHost}/24 dev clients`);
    await ip(`link add ${outside} type veth peer name outside netns ${this.#hub}`);
    await ip(`-n ${this.#hub} link set outside master clients up`);
    await ip(`addr add ${this.#subnet}.253/24 dev ${outside}`);
    await ip(`link set ${outside} up`);
  }

  async #makeNode(node: number): Promise<void> {
    const namespace = this.#namespace(node);
    await ip(`netns add ${namespace}`);
    await ip(`-n ${namespace} link set lo up`);
    for (const [link, address] of [
      ['peers', this.#peerIp(node)],
      ['clients', this.#clientIp(node)],
    ]) {
      const inHub = `${link}${node + 1}`;
      await ip(`-n ${this.#hub} link add ${inHub} type veth peer name ${link} netns ${namespace}`);
      await ip(`-n ${this.#hub} link set ${inHub} master ${link} up`);
      await ip(`-n ${namespace} addr add ${address}/24 dev ${link}`);
      await ip(`-n ${namespace} link set ${link} up`);
    }
  }

  #namespace(node: number): string {
    return `${NAME}-${process.pid}-${node + 1}`;
  }

  #clientIp(node: number): string {
    return `${this.#subnet}.${node + 1}`;
  }

  #peerIp(node: number): string {
    return `${PEERS_SUBNET}.${node + 1}`;
  }

  async #iptables(node: number, words: string): Promise<void> {
    await inNamespace(this.#namespace(node), 'iptables', `-w ${words}`);
  }

  async #tc(node: number, words: string): Promise<void> {
    await inNamespace(this.#namespace(node), 'tc', words);
  }
}
