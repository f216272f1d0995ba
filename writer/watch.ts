/**
 * What comes back through the mesh: handshakes, whose round trip is logged, and the writer's own key, which it sets
 * again if a node has gone back to an older value.
 */
import type { Redis } from 'ioredis';
import { changedKey, channelsOf, patternsOf } from '../common/channels.ts';
import type { Logger } from '../common/logger.ts';
import { isWrongType, textOrThrow } from '../common/reading.ts';
import type { Settings } from '../common/settings.ts';
import { compareAge, parseHandshakeName, parseValue, shown, type Value } from '../common/value.ts';
import { Conflated } from './conflated.ts';
import { HandshakeKeys } from './handshake-keys.ts';
import type { History } from './history.ts';

/** Sets the shared key to a value, on the node that is watched. */
export type Rewrite = (value: Value) => Promise<unknown>;

export interface WatchCounts {
  handshakes: number;
  malformed: number;
  rewritten: number;
}

export class Watch {
  readonly #settings: Settings;
  readonly #history: History;
  readonly #log: Logger;
  readonly #keys: HandshakeKeys;
  /** The newest write that each observer has shaken hands for. */
  readonly #newest = new Map<string, number>();
  readonly counts: WatchCounts = { handshakes: 0, malformed: 0, rewritten: 0 };

  constructor(settings: Settings, history: History, log: Logger) {
    this.#settings = settings;
    this.#history = history;
    this.#log = log;
    this.#keys = new HandshakeKeys(settings.HANDSHAKE_TEMPLATE);
  }

  /**
   * Watches on a connected client until the connection ends.
   * @throws Error if the node refuses the subscription.
   */
  async start(client: Redis, rewrite: Rewrite): Promise<void> {
    const { SHARED_KEY, RECHECK_INTERVAL_MS } = this.#settings;
    const reads = new Conflated();
    const read = (key: string) => {
      if (key === SHARED_KEY) reads.run(key, () => this.#guard(() => this.#checkOwn(client, rewrite)));
      else if (this.#keys.has(key)) reads.run(key, () => this.#guard(() => this.#readHandshake(client, key)));
    };
    const onMessage = (channel: string, message: string) => read(changedKey(channel, message) ?? '');
    client.on('message', onMessage);
    client.on('pmessage', (_pattern: string, channel: string, message: string) =>
      onMessage(channel, message),
    );
    await client.subscribe(...channelsOf(SHARED_KEY, this.#settings));
    const patterns = patternsOf(this.#keys.glob, this.#settings);
    if (patterns.length > 0) await client.psubscribe(...patterns);

    const readAll = () => [SHARED_KEY, ...this.#keys.seen].forEach(read);
    readAll();
    if (RECHECK_INTERVAL_MS === 0) return;
    const recheck = setInterval(readAll, RECHECK_INTERVAL_MS);
    client.once('end', () => clearInterval(recheck));
  }

  /** A read that fails with the connection is told of by the connection's end. */
  async #guard(work: () => Promise<void>): Promise<void> {
    await work().catch((error) => this.#log.debug({ reason: (error as Error).message }, 'read failed'));
  }

  async #readHandshake(client: Redis, key: string): Promise<void> {
    const text = await this.#get(client, key);
    if (text === null) return;
    const parsed = parseValue(text);
    const parties = parsed.ok ? parseHandshakeName(parsed.value.name) : undefined;
    if (!parsed.ok || !parties)
      return this.#malformed(key, text, parsed.ok ? 'it is no handshake' : parsed.reason);
    if (parties.writer === this.#history.name) this.#logRoundTrip(parties.observer, parsed.value);
  }

  #logRoundTrip(observer: string, { seq }: Value): void {
    const seconds = seq === undefined ? undefined : this.#history.secondsSince(seq);
    if (seq === undefined || seconds === undefined || seq <= (this.#newest.get(observer) ?? 0)) return;
    this.#newest.set(observer, seq);
    this.counts.handshakes += 1;
    this.#log.info(
      { event: 'handshake', observer, seq, roundTripSeconds: Number(seconds.toFixed(6)) },
      `${this.#settings.SERVICE_NAME} got handshake from ${observer} for seq ${seq}, Round trip: ${seconds.toFixed(6)} seconds`,
    );
  }

  async #checkOwn(client: Redis, rewrite: Rewrite): Promise<void> {
    // Taken before the read: what is acknowledged later may not be there yet, which is no rollback.
    const acknowledged = this.#history.acknowledged;
    const text = await this.#get(client, this.#settings.SHARED_KEY);
    const parsed = parseValue(text ?? '');
    if (!acknowledged || !parsed.ok || parsed.value.name !== this.#history.name) return;
    if (compareAge(parsed.value, acknowledged) !== 'older') return;
    const newest = this.#history.acknowledged ?? acknowledged;
    this.counts.rewritten += 1;
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    this.#log.warn(
      { event: 'older', value: shown(parsed.value.text), newest: newest.text },
      `${service} found an older value of its own under ${key}, and writes its newest again`,
    );
    await rewrite(newest);
  }

  async #get(client: Redis, key: string): Promise<string | null> {
    try {
      return textOrThrow(await client.get(key));
    } catch (error) {
      if (!isWrongType(error as Error)) throw error;
      this.#malformed(key, '', 'it is not a string');
      return null;
    }
  }

  #malformed(key: string, text: string, reason: string): void {
    this.counts.malformed += 1;
    this.#log.warn(
      { event: 'malformed', key, reason, value: shown(text) },
      `${this.#settings.SERVICE_NAME} cannot read ${key}: ${reason}`,
    );
  }
}
