/** Adapts the number of keys per request, so that no command blocks a node for long. */

/** Digests block a server: 0.14 s for 1,000 keys of 100 KB. */
const SLOW_MS = 100;
const FAST_MS = 50;
const FIRST = 100;
const SMALLEST = 10;

export class BatchSize {
  readonly #largest: number;
  #size: number;

  /** @param largest maximum number of keys in a batch. */
  constructor(largest: number) {
    this.#largest = largest;
    this.#size = Math.min(FIRST, largest);
  }

  get keys(): number {
    return this.#size;
  }

  /** Records the duration of a batch, in milliseconds. Large values make the next batches smaller. */
  took(ms: number): void {
    if (ms > SLOW_MS) this.#size = Math.max(Math.min(SMALLEST, this.#largest), Math.floor(this.#size / 2));
    else if (ms < FAST_MS) this.#size = Math.min(this.#largest, this.#size * 2);
  }
}
