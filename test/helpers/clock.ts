import type { Clock } from '../../common/clock.ts';

/** A clock that moves only when a test sets it. */
export class ManualClock implements Clock {
  /** Unix time in microseconds. */
  unixMicros: number;
  /** Monotonic time in milliseconds. */
  monotonicMs = 5_000;
  readonly #timers = new Map<() => void, number>();

  constructor(unixMicros = 1_725_543_675_123_456) {
    this.unixMicros = unixMicros;
  }

  micros(): number {
    return this.unixMicros;
  }

  now(): number {
    return this.monotonicMs;
  }

  after(ms: number, callback: () => void): () => void {
    this.#timers.set(callback, this.monotonicMs + ms);
    return () => this.#timers.delete(callback);
  }

  /** Timers that have neither fired nor been canceled. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Advances both clocks, and fires the timers that come due. */
  advance(ms: number): void {
    this.unixMicros += ms * 1_000;
    this.monotonicMs += ms;
    for (const [callback, due] of this.#timers) {
      if (due > this.monotonicMs) continue;
      this.#timers.delete(callback);
      callback();
    }
  }
}
