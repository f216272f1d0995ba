/** Records when notifications reached the observer's own code. */
import { monotonicMicros } from '../raw/clock.ts';

/** More than the writes of any paced experiment. Further notifications are not recorded. */
const MAX_STAMPS = 100_000;

export class Stamps {
  #micros: number[] = [];

  /** Records the arrival of a notification. */
  add(): void {
    if (this.#micros.length < MAX_STAMPS) this.#micros.push(monotonicMicros());
  }

  /** Returns all times since the last call, in microseconds of the monotonic clock. */
  take(): number[] {
    const taken = this.#micros;
    this.#micros = [];
    return taken;
  }
}
