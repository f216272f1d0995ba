/**
 * The seam between the library's callbacks and `for await`: notifications, the connection's loss, the recheck timer and
 * the abort signal go in, causes to read come out. It holds one cause, not a queue: while the consumer is busy, all that
 * arrives means one more read.
 */
import { channelsOf, tellsOfSet } from '../common/channels.ts';
import type { Cause } from '../common/reading.ts';
import type { RedisClient } from '../common/redis-client.ts';
import type { Settings } from '../common/settings.ts';

export class WakeUps implements AsyncIterable<Cause> {
  readonly #client: RedisClient;
  readonly #settings: Settings;
  readonly #signal: AbortSignal;
  #due: Cause | undefined;
  #lost: Error | undefined;
  #resume: () => void = () => {};

  constructor(client: RedisClient, settings: Settings, signal: AbortSignal) {
    this.#client = client;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** What the next step of the iteration will yield, if it is known by now. */
  get due(): Cause | undefined {
    return this.#due;
  }

  /** @throws Error if the connection is lost. Ends when the signal aborts. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Cause> {
    const onAbort = () => this.#resume();
    const onError = (error: Error) => {
      this.#lost = error;
      this.#resume();
    };
    this.#signal.addEventListener('abort', onAbort);
    this.#client.on('error', onError);
    try {
      await this.#subscribe();
      this.#wake('connected');
      while (!this.#signal.aborted) {
        if (this.#lost) throw this.#lost;
        const cause = this.#due;
        this.#due = undefined;
        if (cause) yield cause;
        else await this.#sleep();
      }
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
      this.#client.off('error', onError);
    }
  }

  #subscribe(): Promise<void> {
    const { SHARED_KEY } = this.#settings;
    const isSet = tellsOfSet(SHARED_KEY, this.#settings);
    const onMessage = (message: Buffer) => {
      if (isSet(message)) this.#wake('notified');
    };
    const asBuffers = true;
    return this.#client.subscribe(channelsOf(SHARED_KEY, this.#settings), onMessage, asBuffers);
  }

  #wake(cause: Cause): void {
    // One of a flood of notifications: the read that it asks for is due already.
    if (this.#due === 'notified') return;
    this.#due = cause;
    this.#resume();
  }

  /** Until something wakes us, at the latest when it was quiet for the recheck interval. */
  async #sleep(): Promise<void> {
    const { RECHECK_INTERVAL_MS } = this.#settings;
    const timer =
      RECHECK_INTERVAL_MS > 0 ? setTimeout(() => this.#wake('recheck'), RECHECK_INTERVAL_MS) : undefined;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    clearTimeout(timer);
  }
}
