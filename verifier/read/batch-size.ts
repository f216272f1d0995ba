/** How many keys to ask for at a time, so that no node is busy for long with one command. */

/** Computing digests stops a server from answering others: of 1,000 keys of 100 KB, for 0.14 s. */
const SLOW_MS = 100;
const FAST_MS = 50;
const FIRST = 100;
const SMALLEST = 10;

export class BatchSize {
  readonly #largest: number;
  #size: number;

  /** @param largest the most keys in a batch. */
  constructor(largest: number) {
    this.#largest = largest;
    this.#size = Math.min(FIRST, largest);
  }

  get keys(): number {
    return this.#size;
  }

  /** Told how long a batch took, milliseconds: large values make the next ones smaller. */
  took(ms: number): void {
    if (ms > SLOW_MS) this.#size = Math.max(Math.min(SMALLEST, this.#largest), Math.floor(this.#size / 2));
    else if (ms < FAST_MS) this.#size = Math.min(this.#largest, this.#size * 2);
  }
}
