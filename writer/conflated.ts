/** Runs one read per key at a time. Any number of requests during a read trigger exactly one more read. */
export class Conflated {
  /** The keys in flight; `true` once another run is pending. */
  readonly #inFlight = new Map<string, boolean>();

  /** Runs `work` for `key` now, or once more after the one in flight. An error of `work` is not handled. */
  run(key: string, work: () => Promise<void>): void {
    if (this.#inFlight.has(key)) {
      this.#inFlight.set(key, true);
      return;
    }
    this.#inFlight.set(key, false);
    void work().finally(() => {
      const again = this.#inFlight.get(key);
      this.#inFlight.delete(key);
      if (again) this.run(key, work);
    });
  }
}
