/**
 * Adapts the library's callbacks to `for await`: notifications, the poll timer, the loss of the node, and the stop go in,
 * causes to read come out. It stores one pending cause instead of a queue: any number of events while the consumer is
 * busy trigger one more read.
 */
import { channelsOf, isSetEvent } from '../common/channels.ts';
import type { Clock } from '../common/clock.ts';
import { orLost } from '../common/lost-node.ts';
import type { Cause } from '../common/reading.ts';
import { listener, type RedisClient } from '../common/redis-client.ts';
import type { Settings } from '../common/settings.ts';
import type { WriteNode } from './write-node.ts';

/** What an observer works with: the connection to its node, and the node that receives its handshakes. */
export interface Connections {
  client: RedisClient;
  writeNode: WriteNode;
}

/** What ends an iteration: the service stops, or the node is lost (the reason is a LostNode). */
export interface Ends {
  stopped: AbortSignal;
  lost: AbortSignal;
}

export class WakeUps implements AsyncIterable<Cause> {
  readonly #client: RedisClient;
  readonly #settings: Settings;
  readonly #ends: Ends;
  readonly #clock: Clock;
  #pending: Cause | undefined;
  #notifiedMicros: number | undefined;
  #resume: () => void = () => {};

  constructor({ client, writeNode }: Connections, settings: Settings, ends: Ends, clock: Clock) {
    this.#client = client;
    writeNode.onBack = () => this.#wake('recheck');
    this.#settings = settings;
    this.#ends = ends;
    this.#clock = clock;
  }

  /** What the next step of the iteration will yield, if that is known. */
  get pending(): Cause | undefined {
    return this.#pending;
  }

  /** Unix microseconds of the last notification. */
  get notifiedMicros(): number | undefined {
    return this.#notifiedMicros;
  }

  /** @throws LostNode if the node is lost. Ends when the service stops. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Cause> {
    const { stopped, lost } = this.#ends;
    const onEnd = () => this.#resume();
    for (const signal of [stopped, lost]) signal.addEventListener('abort', onEnd);
    try {
      await this.#subscribe();
      this.#wake('connected');
      while (!stopped.aborted) {
        lost.throwIfAborted();
        const cause = this.#pending;
        this.#pending = undefined;
        if (cause) yield cause;
        else await this.#sleep();
      }
    } finally {
      for (const signal of [stopped, lost]) signal.removeEventListener('abort', onEnd);
    }
  }

  async #subscribe(): Promise<void> {
    const { SHARED_KEY, KEY_CHANNEL } = this.#settings;
    const onNotified = () => this.#wake('notified');
    if (KEY_CHANNEL === 'tracking') {
      // Each read of the shared key lets the node send one event, at the key's next change.
      this.#client.on('invalidate', listener(onNotified));
      return;
    }
    const isSet = isSetEvent(SHARED_KEY, this.#settings);
    const onMessage = listener((message: Buffer) => {
      if (isSet(message)) onNotified();
    });
    const asBuffers = true;
    await orLost(this.#client.subscribe(channelsOf(SHARED_KEY, this.#settings), onMessage, asBuffers));
  }

  #wake(cause: Cause): void {
    if (cause === 'notified') this.#notifiedMicros = this.#clock.micros();
    // A read for a notification is already pending.
    if (this.#pending === 'notified') return;
    this.#pending = cause;
    this.#resume();
  }

  /** Waits for an event, at most for the recheck interval. */
  async #sleep(): Promise<void> {
    const { RECHECK_INTERVAL_MS: ms } = this.#settings;
    const cancelPoll = ms > 0 ? this.#clock.after(ms, () => this.#wake('recheck')) : () => {};
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    cancelPoll();
  }
}
