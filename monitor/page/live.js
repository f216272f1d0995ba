// @ts-check
// Receives the state from the server. Reconnects by itself; while the tab is hidden, it is not connected.
/** @import { Changes, Page } from '../page-state.ts' */

/** The server sends the mesh each second. After this time without an event, the data is stale. */
const STALE_MS = 3_000;
const RETRY_MS = 1_000;
/** A connection can hang without an error, for example after the machine has slept. */
const GIVE_UP_MS = 10_000;

/**
 * @typedef {object} LiveEvents
 * @property {(page: Page) => void} onSnapshot
 * @property {(changes: Changes) => void} onChanges
 * @property {(fresh: boolean) => void} onFresh Called when the data becomes stale or fresh.
 */

export class Live {
  #events;
  /** @type {EventSource | undefined} */
  #source;
  #lastAt = performance.now();
  /** @type {boolean | undefined} */
  #fresh;

  /** @param {LiveEvents} events */
  constructor(events) {
    this.#events = events;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()));
    setInterval(() => this.#check(), 500);
    if (!document.hidden) this.#open();
  }

  #open() {
    this.#close();
    this.#lastAt = performance.now();
    const source = new EventSource('/live');
    this.#source = source;
    source.addEventListener('snapshot', ({ data }) => {
      this.#events.onSnapshot(JSON.parse(data));
      this.#received();
    });
    source.addEventListener('changes', ({ data }) => {
      this.#events.onChanges(JSON.parse(data));
      this.#received();
    });
    source.addEventListener('error', () => {
      this.#setFresh(false);
      this.#close();
      setTimeout(() => {
        if (!this.#source && !document.hidden) this.#open();
      }, RETRY_MS);
    });
  }

  #close() {
    this.#source?.close();
    this.#source = undefined;
  }

  #received() {
    this.#lastAt = performance.now();
    this.#setFresh(true);
  }

  #check() {
    if (document.hidden || !this.#source) return;
    const silent = performance.now() - this.#lastAt;
    if (silent > STALE_MS) this.#setFresh(false);
    if (silent > GIVE_UP_MS) this.#open();
  }

  /** @param {boolean} fresh */
  #setFresh(fresh) {
    if (fresh === this.#fresh) return;
    this.#fresh = fresh;
    this.#events.onFresh(fresh);
  }
}
