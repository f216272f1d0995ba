/**
 * Watches keys that the mesh replicates to the writer's node: handshakes, whose round trip and clock offset it logs, the
 * writer's own key, which it writes again if a node has an older value, and the key of the interval.
 */
import type { Redis } from 'ioredis';
import { changedKey, channelsOf, patternsOf } from '../common/channels.ts';
import { type Clock, systemClock } from '../common/clock.ts';
import { HandshakeKeys } from '../common/handshake-keys.ts';
import type { Logger } from '../common/logger.ts';
import { LostNode, orLost } from '../common/lost-node.ts';
import { type Reply, replyTo, WRONG_TYPE } from '../common/reading.ts';
import type { Settings } from '../common/settings.ts';
import { compareAge, parseHandshakeName, parseValue, shown, type Value } from '../common/value.ts';
import { type ClockOffset, ClockOffsets } from './clock-offsets.ts';
import { Conflated } from './conflated.ts';
import type { History } from './history.ts';
import type { Interval } from './interval.ts';

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
  readonly #interval: Interval;
  readonly #log: Logger;
  readonly #keys: HandshakeKeys;
  readonly #clock: Clock;
  /** The newest write that each observer has sent a handshake for. */
  readonly #newest = new Map<string, number>();
  readonly offsets: ClockOffsets;
  /** Called after the log line of a round trip. */
  onRoundTrip: (observer: string, seconds: number) => void = () => {};
  readonly counts: WatchCounts = { handshakes: 0, malformed: 0, rewritten: 0 };

  constructor(
    settings: Settings,
    history: History,
    interval: Interval,
    log: Logger,
    clock: Clock = systemClock,
  ) {
    this.#settings = settings;
    this.#history = history;
    this.#interval = interval;
    this.#log = log;
    this.#clock = clock;
    this.offsets = new ClockOffsets(clock);
    this.#keys = new HandshakeKeys(settings.HANDSHAKE_TEMPLATE);
  }

  /**
   * Watches on a connected client until the signal aborts.
   * @throws LostNode if the node rejects the subscription.
   */
  async start(client: Redis, rewrite: Rewrite, signal: AbortSignal): Promise<void> {
    const { SHARED_KEY, INTERVAL_KEY } = this.#settings;
    const own = INTERVAL_KEY === '' ? [SHARED_KEY] : [SHARED_KEY, INTERVAL_KEY];
    const reads = new Conflated();
    const read = (key: string) => {
      if (key === SHARED_KEY) reads.run(key, () => this.#guard(this.#checkOwn(client, rewrite)));
      else if (own.includes(key)) reads.run(key, () => this.#guard(this.#readInterval(client)));
      else if (this.#keys.has(key)) reads.run(key, () => this.#guard(this.#readHandshake(client, key)));
    };
    const onMessage = (channel: string, message: string) => read(changedKey(channel, message) ?? '');
    client.on('message', onMessage);
    client.on('pmessage', (_pattern: string, channel: string, message: string) =>
      onMessage(channel, message),
    );
    const channels = new Set(own.flatMap((key) => channelsOf(key, this.#settings)));
    await orLost(client.subscribe(...channels));
    const patterns = patternsOf(this.#keys.glob, this.#settings);
    if (patterns.length > 0) await orLost(client.psubscribe(...patterns));
    this.#poll(() => [...own, ...this.#keys.seen].forEach(read), signal);
  }

  /** Reads now, then at every recheck interval until the signal aborts. */
  #poll(readAll: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    readAll();
    const { RECHECK_INTERVAL_MS: ms } = this.#settings;
    if (ms === 0) return;
    const onEnd = () => cancel();
    const cancel = this.#clock.after(ms, () => {
      signal.removeEventListener('abort', onEnd);
      this.#poll(readAll, signal);
    });
    signal.addEventListener('abort', onEnd, { once: true });
  }

  /** Logs a failed read at debug level only. If the connection is lost, its `end` event reports that. */
  async #guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof LostNode)) throw error;
      this.#log.debug({ reason: error.message }, 'read failed');
    }
  }

  async #readInterval(client: Redis): Promise<void> {
    this.#interval.use(await replyTo(client.get(this.#settings.INTERVAL_KEY)));
  }

  async #readHandshake(client: Redis, key: string): Promise<void> {
    const text = await this.#get(client, key);
    if (text === null) return;
    const parsed = parseValue(text);
    const parties = parsed.ok ? parseHandshakeName(parsed.value.name) : undefined;
    if (!parsed.ok || !parties)
      return this.#malformed(key, text, parsed.ok ? 'it is no handshake' : parsed.reason);
    if (parties.writer === this.#history.name) this.#onHandshake(parties.observer, parsed.value);
  }

  #onHandshake(observer: string, handshake: Value): void {
    const [word, id] = this.#history.idOf(handshake);
    const sentAt = id === undefined ? undefined : this.#history.sentAt(id);
    if (id === undefined || sentAt === undefined || id <= (this.#newest.get(observer) ?? 0)) return;
    const seconds = (this.#clock.now() - sentAt) / 1000;
    const arrivedMicros = this.#clock.micros();
    const { micros: readMicros } = handshake;
    const offset = readMicros === undefined ? undefined : this.offsets.add(observer, readMicros, sentAt);
    this.#newest.set(observer, id);
    this.counts.handshakes += 1;
    this.#log.info(
      {
        event: 'handshake',
        observer,
        writer: this.#history.name,
        [word]: id,
        readMicros,
        arrivedMicros,
        roundTripSeconds: Number(seconds.toFixed(6)),
      },
      `${this.#settings.SERVICE_NAME} got handshake from ${observer} for ${word} ${id}, Round trip: ${seconds.toFixed(6)} seconds`,
    );
    if (offset) this.#logOffset(offset);
    this.onRoundTrip(observer, seconds);
  }

  #logOffset({ observer, offsetSeconds, errorSeconds }: ClockOffset): void {
    this.#log.info(
      { event: 'clock-offset', observer, offsetSeconds, errorSeconds },
      `${this.#settings.SERVICE_NAME} compared clocks with ${observer}, Clock offset: ${offsetSeconds.toFixed(6)} seconds, Error: ${errorSeconds.toFixed(6)} seconds`,
    );
  }

  async #checkOwn(client: Redis, rewrite: Rewrite): Promise<void> {
    // Taken before the read: a write that is acknowledged later may not be there yet, which is no rollback.
    const acknowledged = this.#history.acknowledged;
    const text = await this.#get(client, this.#settings.SHARED_KEY);
    const parsed = parseValue(text ?? '');
    if (!acknowledged || !parsed.ok || parsed.value.name !== this.#history.name) return;
    if (compareAge(parsed.value, acknowledged) !== 'older') return;
    // A newer write is in flight and repairs the key. Writing an acknowledged value after it would roll the key back.
    if (this.#history.hasInFlight) return;
    const newest = this.#history.acknowledged ?? acknowledged;
    this.counts.rewritten += 1;
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    this.#log.warn(
      { event: 'older', value: shown(parsed.value.text), newest: newest.text },
      `${service} found an older value of its own under ${key}, and writes its newest again`,
    );
    await orLost(rewrite(newest));
  }

  /** Returns the value of a key; `null` if there is none, or another type. @throws LostNode if the read fails. */
  async #get(client: Redis, key: string): Promise<string | null> {
    const reply: Reply = await replyTo(client.get(key));
    if (reply !== WRONG_TYPE) return reply;
    this.#malformed(key, '', 'it is not a string');
    return null;
  }

  #malformed(key: string, text: string, reason: string): void {
    this.counts.malformed += 1;
    this.#log.warn(
      { event: 'malformed', key, reason, value: shown(text) },
      `${this.#settings.SERVICE_NAME} cannot read ${key}: ${reason}${text === '' ? '' : `: ${shown(text)}`}`,
    );
  }
}
