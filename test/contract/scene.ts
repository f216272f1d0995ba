/**
 * Sets up a contract case: one real node behind two proxies, and one observer. In the layout `a replica`, the node is a
 * replica, and a third proxy leads to its primary, the only node that accepts writes.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Redis } from 'ioredis';
import type { Stop } from '../../common/lifecycle.ts';
import type { Logger } from '../../common/logger.ts';
import type { Service } from '../../common/services.ts';
import { readSettings, type Settings } from '../../common/settings.ts';
import { formatValue } from '../../common/value.ts';
import type { TcpProxy } from '../../toolkit/tcp-proxy.ts';
import { Events } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, openProxy } from '../helpers/nodes.ts';

export interface Observer {
  service: Service;
  start(settings: Settings, log: Logger): Stop;
}

export type ContractLayout = 'one node' | 'a replica';

/** Settings of a case, which may depend on the addresses of the ways to its nodes. */
export type Env =
  | Record<string, string>
  | ((ways: { other: string; primary: string }) => Record<string, string>);

/** The ports of the node on which the observer reads, and of the one that accepts writes; the same in `one node`. */
export interface Ports {
  home: number;
  primary: number;
}

/** Microseconds of the first write of a case. Their distance from now does not matter, only their order. */
const FIRST_MICROS = 1_725_543_675_000_000;

export class Scene {
  readonly events = new Events();
  readonly key = `shared:${randomUUID()}`;
  readonly handshakeKey = `handshake:${this.key}`;
  /** A client of the node that accepts writes. */
  readonly node: Redis;
  /** A client of the node on which the observer reads: the same one, or the replica. */
  readonly homeNode: Redis;
  /** The observer's home, and where it goes next. */
  readonly home: TcpProxy;
  readonly other: TcpProxy;
  /** The way to the primary; `undefined` if there is only one node. */
  readonly primary: TcpProxy | undefined;
  readonly ports: Ports;
  readonly #settings: Settings;
  readonly #start: Observer['start'];
  #stop: Stop | undefined;

  private constructor(
    [node, homeNode]: readonly [Redis, Redis],
    [home, other, primary]: readonly [TcpProxy, TcpProxy, TcpProxy | undefined],
    ports: Ports,
    { service, start }: Observer,
    env: Record<string, string>,
  ) {
    this.ports = ports;
    this.node = node;
    this.homeNode = homeNode;
    this.home = home;
    this.other = other;
    this.primary = primary;
    this.#start = start;
    this.#settings = readSettings(
      {
        KEYDB_NODES: [home, other, ...(primary ? [primary] : [])].map(({ address }) => address).join(),
        WRITE_NODES: primary?.address,
        HOME_NODE: home.address,
        SHARED_KEY: this.key,
        HANDSHAKE_KEY: this.handshakeKey,
        RECHECK_INTERVAL_MS: '0',
        // A way that a case holds for long on a busy machine is not a hung node.
        NODE_TIMEOUT_MS: '60000',
        ...env,
      },
      service,
    );
  }

  /** @param more settings in addition to those of the case. */
  static async set(
    t: TestContext,
    ports: Ports,
    observer: Observer,
    env: Env,
    more: Record<string, string> = {},
  ): Promise<Scene> {
    const [home, other] = [await openProxy(t, ports.home), await openProxy(t, ports.home)];
    const primary = ports.primary === ports.home ? undefined : await openProxy(t, ports.primary);
    const node = await connect(t, ports.primary);
    const homeNode = primary ? await connect(t, ports.home) : node;
    const given =
      typeof env === 'function' ? env({ other: other.address, primary: primary?.address ?? '' }) : env;
    const scene = new Scene([node, homeNode], [home, other, primary], ports, observer, { ...given, ...more });
    t.after(() => scene.stop());
    return scene;
  }

  /** Starts the observer on a key with write 1, and waits for its observation: then the observer is subscribed. */
  async begin(): Promise<void> {
    await this.write(1);
    this.start();
    await this.events.first({ event: 'handshake', seq: 1 });
  }

  start(): void {
    this.#stop = this.#start(this.#settings, this.events.log);
  }

  async write(seq: number): Promise<string> {
    const text = this.value(seq);
    await this.node.set(this.key, text);
    return text;
  }

  /** Waits until the observer's node has all that was written so far. */
  async replicated(): Promise<void> {
    if (!this.primary) return;
    const marker = `${this.key}:marker`;
    const text = randomUUID();
    await this.node.set(marker, text);
    await eventually(async () => assert.equal(await this.homeNode.get(marker), text));
  }

  /** Breaks all connections of the observer, so that no node is reachable. */
  async isolate(): Promise<void> {
    await this.primary?.cut();
    await this.other.cut();
    await this.home.cut();
  }

  /** Ends `isolate` for one of the ways to the observer's node, and then for the primary. */
  async reopen(way: TcpProxy): Promise<void> {
    await this.replicated();
    const connected = () => this.events.like({ event: 'connected', node: way.address }).length;
    const before = connected();
    await way.heal();
    await eventually(() => assert.ok(connected() > before));
    await this.primary?.heal();
  }

  /** Lets through what a proxy to the observer's node holds back, once that node has all that was written. */
  async release(way: TcpProxy): Promise<void> {
    await this.replicated();
    way.release();
  }

  /** The node that acknowledges the handshakes of an observer on this node. */
  acknowledgedBy(way: TcpProxy): string {
    return (this.primary ?? way).address;
  }

  /** Returns write `seq` of one writer, one second newer than the previous write. */
  value(seq: number): string {
    return formatValue('Writer', seq, FIRST_MICROS + seq * 1_000_000);
  }

  /** The expected count of reads. With a replica, one more may follow the connection to the primary. */
  reads(count: number): { reads?: number } {
    return this.primary ? {} : { reads: count };
  }

  get tracking(): boolean {
    return this.#settings.KEY_CHANNEL === 'tracking';
  }

  handshake(): Promise<string | null> {
    return this.node.get(this.handshakeKey);
  }

  /** Waits until the observer has so many connections to its node, and to the primary if that is another one. */
  async connections(home: number, primary = home): Promise<void> {
    const named = ` name=${this.#settings.SERVICE_NAME} `;
    const count = async (node: Redis) => {
      const list = String(await node.client('LIST'));
      return list.split('\n').filter((line) => line.includes(named)).length;
    };
    await eventually(async () =>
      assert.deepEqual([await count(this.homeNode), await count(this.node)], [home, primary]),
    );
  }

  /** How many connections an observer has to the node on which it reads: sync-observer needs two for tracking. */
  get ownConnections(): number {
    return this.tracking && this.#settings.SERVICE_NAME === 'sync-observer' ? 2 : 1;
  }

  /** Stops the observer once, and waits for its `stopped` event. */
  async stop(): Promise<void> {
    const stop = this.#stop;
    this.#stop = undefined;
    if (!stop) return;
    await new Promise<void>((resolve) => {
      stop(resolve)?.then(resolve);
    });
  }
}

/** Matches a GET of the key as clients send it. */
export function readOf(key: string): RegExp {
  return new RegExp(`get\\r\\n\\$\\d+\\r\\n${key}`, 'i');
}

/** Waits until the observer has sent its GET, which the proxy holds. */
export async function untilReading(proxy: TcpProxy, key: string): Promise<void> {
  await eventually(() => assert.match(proxy.held, readOf(key)));
}
