/**
 * Reads keys of one node whenever they change. The connection uses CLIENT TRACKING: after a read, the node announces the
 * next change, and then nothing until the key is read again. Under load, this costs a fraction of keyspace notifications.
 *
 * The announcement does not contain the write, and the read after it may already return a newer one. The time of the
 * announcement is then an upper bound for the time at which that write was visible.
 */
import type { Clock } from '../common/clock.ts';
import type { Connection } from '../toolkit/node/connection.ts';
import type { Command, OnPush, Reply } from '../toolkit/node/resp.ts';

/**
 * Windows of 100 ms, aligned to the clock, and the writes in each window that the page follows. Services limit their lines
 * by the same windows, so that under load all of them report the same writes.
 */
export const WINDOW_MICROS = 100_000;
export const WRITES_PER_WINDOW = 2;

export interface ValueWatchOptions {
  /** Opens a connection to the node. */
  open: (onPush: OnPush) => Promise<Connection>;
  keys: readonly string[];
  clock: Clock;
  /**
   * Receives each reply, also if nothing has changed.
   * @param at Unix microseconds at which the node announced a change; `undefined` for a poll.
   */
  onReply: (key: string, reply: Reply, at?: number) => void;
}

const TRACKING: Command = ['CLIENT', 'TRACKING', 'ON'];

export class ValueWatch {
  readonly #connection: Connection;
  readonly #options: ValueWatchOptions;
  /** Keys with a read in flight, and the time of a change that the node has announced since then. */
  readonly #reading = new Map<string, number | undefined>();
  #window = 0;
  /** Reads after an announcement in this window. */
  #reads = 0;
  #cancelPoll = () => {};

  private constructor(connection: Connection, options: ValueWatchOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Connects. @throws NodeError, also if the node rejects CLIENT TRACKING. */
  static async open(options: ValueWatchOptions): Promise<ValueWatch> {
    let watch: ValueWatch | undefined;
    const connection = await options.open(([kind, keys = null]: Reply[]) => {
      if (watch && String(kind) === 'invalidate') watch.#onChanges(keys);
    });
    watch = new ValueWatch(connection, options);
    try {
      await connection.call(TRACKING);
      return watch;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Reads all keys, because a node does not announce every change that a resynchronization causes. @throws NodeError. */
  async poll(): Promise<void> {
    const { keys, onReply } = this.#options;
    const replies = await this.#connection.batch(keys.map((key) => ['GET', key]));
    for (const [i, key] of keys.entries()) onReply(key, replies[i] ?? null);
  }

  close(): void {
    this.#cancelPoll();
    this.#connection.close();
  }

  /** @param keys the keys that have changed; `null` after FLUSHALL. */
  #onChanges(keys: Reply): void {
    const at = this.#options.clock.micros();
    const changed = Array.isArray(keys) ? keys.map(String) : this.#options.keys;
    for (const key of changed) this.#onChange(key, at);
  }

  #onChange(key: string, at: number): void {
    if (this.#reading.has(key)) {
      this.#reading.set(key, at);
      return;
    }
    const window = Math.floor(at / WINDOW_MICROS);
    if (window > this.#window) [this.#window, this.#reads] = [window, 0];
    this.#reads += 1;
    // `poll` reports a lost connection.
    if (this.#reads <= WRITES_PER_WINDOW) this.#read(key, at).catch(() => {});
    else this.#pollAt((this.#window + 1) * WINDOW_MICROS);
  }

  /** Until this time, the node announces no change, because its keys are not read. @param micros Unix time. */
  #pollAt(micros: number): void {
    const { clock } = this.#options;
    // One more millisecond, because a timer can fire a fraction of a millisecond early.
    const ms = (micros - clock.micros()) / 1000 + 1;
    this.#cancelPoll();
    this.#cancelPoll = clock.after(ms, () => this.poll().catch(() => {}));
  }

  async #read(key: string, at: number): Promise<void> {
    this.#reading.set(key, undefined);
    const [reply = null] = await this.#connection.batch([['GET', key]]);
    this.#options.onReply(key, reply, at);
    const changedAt = this.#reading.get(key);
    this.#reading.delete(key);
    if (changedAt !== undefined) this.#onChange(key, changedAt);
  }
}
