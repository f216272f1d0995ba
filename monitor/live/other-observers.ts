/** The observers in no list: only their handshakes, which arrive at the writer, show that they exist. */
import type { PageService } from '../page-state.ts';
import { setBounded } from './bounded.ts';
import { HISTORY_SECONDS } from './samples.ts';

/** Any client can send handshakes under any name. */
const MAX_OBSERVERS = 16;

export class OtherObservers {
  /** Unix milliseconds of the last handshake by name, the oldest one first. */
  readonly #heard = new Map<string, number>();

  /** Adds a handshake. @param at Unix milliseconds. */
  add(name: string, at: number): void {
    this.#heard.delete(name);
    setBounded(this.#heard, name, at, MAX_OBSERVERS);
  }

  /** Returns the observers whose handshakes arrived within the time that the page shows. @param now Unix milliseconds. */
  at(now: number): PageService[] {
    for (const [name, at] of this.#heard) if (at < now - HISTORY_SECONDS * 1000) this.#heard.delete(name);
    const reason = 'only its handshakes are known: add its METRICS_PORT to SERVICE_ADDRESSES';
    const names = [...this.#heard.keys()].sort();
    return names.map((name) => ({ name, role: 'observer', status: 'unknown', reason, values: {} }));
  }
}
