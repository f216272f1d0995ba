/**
 * Real packets on real links, dropped for real: every node lives in a network namespace of its own with two interfaces,
 * `peers` for replication and `clients`, each the end of a cable (veth) to a bridge. The bridges are in one more
 * namespace, the hub, where the services run too. A cut drops packets in the node's namespace: both ends see silence, and
 * what TCP has under way goes on if the cut is healed in time.
 *
 * The hub has rules of its own, as Docker's on this machine would drop what passes a bridge. One more cable leads from
 * the hub to this machine, for the lab itself.
 */
import type { NodePlace } from '../../local/node-process.ts';
import { inNamespace, ip } from './commands.ts';
import type { Network, Slowness } from './network.ts';
import { freeSubnet } from './subnet.ts';

/** All that is made is named after this and the lab's process, so that leftovers can be told from what is in use. */
export const NAME = 'faultlab';
/** No interface of this machine has it, only the nodes' namespaces: nobody else can be in the way. */
const PEERS_SUBNET = '192.168.213';
/** Own namespaces have own ports. */
const FIRST_PORT = 6379;
/**
 * Without a delay, a narrow link makes packets wait for one another. It must still carry the lab's own traffic: at 256 kbit/s
 * a queue grew without limit, and replication stalled for up to 3.4 s whatever the services did.
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

  /** Makes the network. @throws Error if this is not allowed here; nothing is left of it then. */
  static async open(count: number): Promise<Namespaces> {
    const network = new Namespaces(count, await freeSubnet());
    try {
      await network.#makeHub();
      for (const node of network.ports.keys()) await network.#makeNode(node);
      // Both are needed for faults; better to know now.
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

  placeOf(port: number): NodePlace {
    const node = this.ports.indexOf(port);
    return {
      host: this.#clientIp(node),
      // A node calls its peers from the first of these: the other one would have them answer over the wrong link.
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
      // Many kernels come without netem.
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
      // It fails where nothing was slow.
      for (const link of ['peers', 'clients'])
        await this.#tc(node, `qdisc del dev ${link} root`).catch(() => {});
    }
  }

  async close(): Promise<void> {
    // What is in a namespace goes with it, and so does the other end of each of its cables.
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
    await ip(`-n ${this.#hub} addr add ${this.#subnet}.254/24 dev clients`);
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
