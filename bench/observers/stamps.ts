/** When notifications reached the observer's own code. */
import { monotonicMicros } from '../raw/clock.ts';

/** More than any paced experiment writes; what a flood brings beyond it is not kept. */
const MAX_STAMPS = 100_000;

export class Stamps {
  #micros: number[] = [];

  /** A notification is here now. */
  add(): void {
    if (this.#micros.length < MAX_STAMPS) this.#micros.push(monotonicMicros());
  }

  /** All since the last call: microseconds of the monotonic clock. */
  take(): number[] {
    const taken = this.#micros;
    this.#micros = [];
    return taken;
  }
}
