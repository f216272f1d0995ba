/**
 * Generates traffic in addition to the services': the lab sets its own keys, each from one client on one node. A key
 * that is set only once shows losses. A key that is set continuously shows rollbacks.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { ioredisClient } from '../../../common/ioredis-client.ts';
import { parseNode } from '../../../common/nodes.ts';
import { parseInfo } from '../../../toolkit/node/info.ts';
import type { Traffic as Record } from '../history.ts';
import { untilConfirmed } from './confirmed.ts';

const INTERVAL_MS = 20;
const TIMEOUT_MS = 1_000;
/** Pause before the next connection attempt. */
const RETRY_MS = 200;

export class Traffic {
  readonly #lanes: readonly Lane[];

  /**
   * @param addresses of the nodes to write to, `host:port`.
   * @param others number of nodes that must confirm a write of a restarted node before it receives keys that are set
   * once; 0: none.
   */
  constructor(addresses: readonly string[], others: number) {
    this.#lanes = addresses.map((address, i) => new Lane(address, prefixOf(i), others));
  }

  /** Returns the key that the lab sets continuously on a node. */
  busyKeyOf(node: number): string {
    return busyKey(prefixOf(node));
  }

  start(): void {
    for (const lane of this.#lanes) lane.start();
  }

  /** Marks the keys that the next snapshot will contain: call before a snapshot. @param clients of all nodes. */
  async mark(clients: readonly Redis[]): Promise<void> {
    await Promise.all(this.#lanes.map((lane, i) => lane.mark(clients[i])));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }

  /** Searches all nodes for every acknowledged key. @param clients of all nodes. */
  async account(clients: readonly Redis[]): Promise<Record[]> {
    return Promise.all(this.#lanes.map((lane) => lane.account(clients)));
  }
}

class Lane {
  readonly #address: string;
  readonly #prefix: string;
  readonly #acknowledged: string[] = [];
  readonly #stopped = new AbortController();
  readonly #others: number;
  #runId: string | undefined;
  #persisted: Set<string> | undefined;
  #ended: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(address: string, prefix: string, others: number) {
    this.#address = address;
    this.#prefix = prefix;
    this.#others = others;
  }

  start(): void {
    this.#ended = this.#keepOn();
  }

  /** Marks the keys that the node has. An earlier crash may have lost some, which will not be persisted. */
  async mark(client: Redis | undefined): Promise<void> {
    const found = client ? await presentOn(client, this.#acknowledged) : [];
    this.#persisted = new Set([...(this.#persisted ?? []), ...found]);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#ended;
  }

  async account(clients: readonly Redis[]): Promise<Record> {
    const found = new Set<string>();
    for (const client of clients) {
      for (const key of await presentOn(client, this.#acknowledged)) found.add(key);
    }
    const lost = this.#acknowledged.filter((key) => !found.has(key));
    const persisted = this.#persisted;
    return {
      node: this.#address,
      acknowledged: this.#acknowledged.length,
      lost,
      ...(persisted !== undefined && {
        persisted: persisted.size,
        persistedLost: lost.filter((key) => persisted.has(key)),
      }),
    };
  }

  async #keepOn(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const client = ioredisClient(parseNode(this.#address), {
        db: 0,
        timeoutMs: TIMEOUT_MS,
        answerTimeoutMs: TIMEOUT_MS,
        pingIntervalMs: TIMEOUT_MS,
        name: 'fault-lab',
      });
      // Ignored: a lost connection rejects the commands in flight, which ends `#write`.
      client.on('error', () => {});
      await this.#write(client).catch(() => {});
      client.disconnect();
      await wait(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #afterStart(client: Redis): Promise<void> {
    const { runId } = parseInfo(await client.info('server'));
    if (runId !== this.#runId && this.#others > 0)
      await untilConfirmed(client, busyKey(this.#prefix), this.#others, this.#stopped.signal);
    this.#runId = runId;
  }

  async #write(client: Redis): Promise<void> {
    await new Promise((resolve, reject) => client.once('ready', resolve).once('end', reject));
    await this.#afterStart(client);
    while (!this.#stopped.signal.aborted) {
      this.#count += 1;
      const key = `${this.#prefix}:once:${this.#count}`;
      await client.set(key, this.#count);
      this.#acknowledged.push(key);
      await client.set(busyKey(this.#prefix), this.#count);
      await wait(INTERVAL_MS);
    }
  }
}

function prefixOf(node: number): string {
  return `traffic:${node + 1}`;
}

function busyKey(prefix: string): string {
  return `${prefix}:newest`;
}

async function presentOn(client: Redis, keys: readonly string[]): Promise<string[]> {
  const asked = [...keys];
  const replies = asked.length > 0 ? await client.mget(asked) : [];
  return asked.filter((_, i) => replies[i] !== null);
}
