/** The last log lines of the services and of the monitor. */
import { shown } from '../../common/value.ts';
import type { LogEntry } from '../page-state.ts';
import { pushBounded } from './bounded.ts';
import type { Line } from './line.ts';

const MAX_ENTRIES = 200;
/** Lines at level `info` that are kept between two frames of the page. */
const MAX_INFO = 20;
const MAX_TEXT = 400;

const [WARN, ERROR] = [40, 50];

export class PageLog {
  readonly #kept: LogEntry[] = [];
  #added: LogEntry[] = [];
  #omitted = 0;
  #info = 0;

  add({ level, time, service, event = '', node, msg = '' }: Line): void {
    if (level < WARN) this.#info += 1;
    if (level < WARN && this.#info > MAX_INFO) {
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
    this.#info = 0;
    return taken;
  }
}
