/** The writes that a writer has to send: number, time, and tick of each one. */
import type { Write } from './expected-reads.ts';

export class ExpectedWrites {
  readonly #intervalMicros: number;
  /** Microseconds, when the writes of this session started. */
  #startedAt: number | undefined;
  /** The ticks of all sessions that have ended, and the sessions. */
  #due = 0;
  #sessions = 0;
  last: Write | undefined;
  /** Microseconds, when each write was sent, by its number. */
  readonly sentAt = new Map<number, number>();

  constructor(intervalMs: number) {
    this.#intervalMicros = intervalMs * 1000;
  }

  get lastSeq(): number {
    return this.last?.seq ?? 0;
  }

  start(now: number): void {
    this.#startedAt = now;
    this.#sessions += 1;
  }

  end(now: number): void {
    if (this.#startedAt === undefined) return;
    this.#due += Math.floor((now - this.#startedAt) / this.#intervalMicros) + 1;
    this.#startedAt = undefined;
  }

  /** Returns the microseconds since the last tick; `undefined` outside of a session. */
  sinceTick(now: number): number | undefined {
    return this.#startedAt === undefined ? undefined : (now - this.#startedAt) % this.#intervalMicros;
  }

  /** Returns the next write. @param micros the writer's clock, which may have been set back. */
  next(now: number, micros: number): Write {
    const seq = this.lastSeq + 1;
    const stamp = Math.max(micros, (this.last?.micros ?? 0) + 1);
    const text = `Writer seq ${seq} micros ${stamp} timestamp ${Math.floor(stamp / 1e6)}`;
    this.last = { name: 'Writer', seq, micros: stamp, text };
    this.sentAt.set(seq, now);
    return this.last;
  }

  /** Returns whether each tick led to a write or was skipped. @param late whether ticks at the end of a session may lack. */
  accountsFor(skipped: number, late: boolean): boolean {
    const ticks = this.lastSeq + skipped;
    return ticks <= this.#due && (late || ticks >= this.#due - this.#sessions);
  }
}
