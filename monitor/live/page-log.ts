/** The last log lines of the services and of the monitor. */
import { shown } from '../../common/value.ts';
import type { LogEntry } from '../page-state.ts';
import { pushBounded } from './bounded.ts';
import type { Line } from './line.ts';

const MAX_ENTRIES = 200;
/** Lines at level `info` that are kept in each second: six writes with two observers. */
const MAX_INFO = 42;
const MAX_TEXT = 400;

const [WARN, ERROR] = [40, 50];

export class PageLog {
  readonly #kept: LogEntry[] = [];
  #added: LogEntry[] = [];
  #omitted = 0;
  /** Lines at level `info` in this second. */
  #info = 0;
  #second = 0;

  /** @param now Unix milliseconds. */
  add({ level, time, service, event = '', node, msg = '' }: Line, now = Date.now()): void {
    if (level < WARN && !this.#hasRoom(now)) {
      this.#omitted += 1;
      return;
    }
    const entry: LogEntry = {
      at: time,
      source: service,
      level: level >= ERROR ? 'error' : level >= WARN ? 'warn' : 'info',
      event,
      ...(node !== undefined && { node }),
      text: shown(msg, MAX_TEXT),
    };
    pushBounded(this.#kept, entry, MAX_ENTRIES);
    pushBounded(this.#added, entry, MAX_ENTRIES);
  }

  #hasRoom(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) [this.#second, this.#info] = [second, 0];
    this.#info += 1;
    return this.#info <= MAX_INFO;
  }

  /** Counts lines that a service left out. */
  omit(count: number): void {
    this.#omitted += count;
  }

  get all(): LogEntry[] {
    return this.#kept;
  }

  /** Returns the entries since the last call, and the number of lines that were left out. */
  takeChanges(): { log: LogEntry[]; omittedLines: number } {
    const taken = { log: this.#added, omittedLines: this.#omitted };
    this.#added = [];
    this.#omitted = 0;
    return taken;
  }
}
