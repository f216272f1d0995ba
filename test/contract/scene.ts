/** Sets up a contract case: one real node behind two proxies, and one observer. */
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

/** Microseconds of the first write of a case. Their distance from now does not matter, only their order. */
const FIRST_MICROS = 1_725_543_675_000_000;

export class Scene {
  readonly events = new Events();
  readonly key = `shared:${randomUUID()}`;
  readonly handshakeKey = `handshake:${this.key}`;
  readonly node: Redis;
  /** Proxies for the observer's home node and the next node. */
  readonly home: TcpProxy;
  readonly other: TcpProxy;
  readonly #settings: Settings;
  readonly #start: Observer['start'];
  #stop: Stop | undefined;

  private constructor(
    node: Redis,
    home: TcpProxy,
    other: TcpProxy,
    { service, start }: Observer,
    env: Record<string, string>,
  ) {
    this.node = node;
    this.home = home;
    this.other = other;
    this.#start = start;
    this.#settings = readSettings(
      {
        KEYDB_NODES: `${home.address},${other.address}`,
        HOME_NODE: home.address,
        SHARED_KEY: this.key,
        HANDSHAKE_KEY: this.handshakeKey,
        RECHECK_INTERVAL_MS: '0',
        ...env,
      },
      service,
    );
  }

  static async set(
    t: TestContext,
    port: number,
    observer: Observer,
    env: Record<string, string>,
  ): Promise<Scene> {
    const home = await openProxy(t, port);
    const other = await openProxy(t, port);
    const scene = new Scene(await connect(t, port), home, other, observer, env);
    t.after(() => scene.stop());
    return scene;
  }

  /** Starts the observer on a key with write 1, and waits for its observation: then the observer is subscribed. */
  async begin(): Promise<void> {
    await this.write(1);
    this.#stop = this.#start(this.#settings, this.events.log);
    await this.events.first({ event: 'handshake', seq: 1 });
  }

  async write(seq: number): Promise<string> {
    const text = this.value(seq);
    await this.node.set(this.key, text);
    return text;
  }

  /** Returns write `seq` of one writer, one second newer than the previous write. */
  value(seq: number): string {
    return formatValue('Writer', seq, FIRST_MICROS + seq * 1_000_000);
  }

  get tracking(): boolean {
    return this.#settings.KEY_CHANNEL === 'tracking';
  }

  handshake(): Promise<string | null> {
    return this.node.get(this.handshakeKey);
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
