/**
 * Reads by key, each key with one read in flight: what arrives meanwhile means one more read after it, however much
 * it was.
 */
export class Conflated {
  /** The keys in flight; `true` once another run is due. */
  readonly #inFlight = new Map<string, boolean>();

  /** Runs `work` for `key` now, or once more after the one in flight. `work` must not throw. */
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
