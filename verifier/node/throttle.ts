/** Limits the load on a live node. */
import { setTimeout as wait } from 'node:timers/promises';

export class Throttle {
  readonly #perSecond: number;
  readonly #signal: AbortSignal;
  /** When the keys that were let through so far are paid for, milliseconds of the monotonic clock. */
  #paidUntil = 0;

  /** @param perSecond keys a second on each node; `Infinity` does not limit. */
  constructor(perSecond: number, signal: AbortSignal) {
    this.#perSecond = perSecond;
    this.#signal = signal;
  }

  /** Waits until so many more keys may be asked for. @throws AbortError. */
  async take(keys: number): Promise<void> {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    const now = performance.now();
    const start = Math.max(now, this.#paidUntil);
    this.#paidUntil = start + (keys / this.#perSecond) * 1000;
    if (start > now) await wait(start - now, undefined, { signal: this.#signal });
  }
}
