/** Limits the load on a live node. */
import { setTimeout as wait } from 'node:timers/promises';

export class Throttle {
  readonly #perSecond: number;
  readonly #signal: AbortSignal;
  /** Time until which the accepted keys use the allowed rate, in milliseconds of the monotonic clock. */
  #paidUntil = 0;

  /** @param perSecond keys per second on each node; `Infinity` means no limit. */
  constructor(perSecond: number, signal: AbortSignal) {
    this.#perSecond = perSecond;
    this.#signal = signal;
  }

  /** Waits until this number of keys may be requested. @throws AbortError. */
  async take(keys: number): Promise<void> {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    const now = performance.now();
    const start = Math.max(now, this.#paidUntil);
    this.#paidUntil = start + (keys / this.#perSecond) * 1000;
    if (start > now) await wait(start - now, undefined, { signal: this.#signal });
  }
}
