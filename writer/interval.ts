/** The time between two writes: `WRITE_INTERVAL_MS`, or the value of the key `INTERVAL_KEY`, which any client can set. */
import type { Logger } from '../common/logger.ts';
import { type Reply, WRONG_TYPE } from '../common/reading.ts';
import type { Settings } from '../common/settings.ts';
import { shown } from '../common/value.ts';

const MAX_SECONDS = 3_600;

/** Reason of `interrupted` if a write is requested. */
export const WRITE_NOW = 'write now';

export class Interval {
  readonly #settings: Settings;
  readonly #log: Logger;
  #ms: number;
  #wait = new AbortController();
  /** The last reply that a warning was about, so that a poll does not repeat the warning. */
  #warned: Reply = null;

  constructor(settings: Settings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#ms = settings.WRITE_INTERVAL_MS;
  }

  /** The current interval, in milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** Aborts when the interval changes, or with the reason `WRITE_NOW`. After that, there is a new signal. */
  get interrupted(): AbortSignal {
    return this.#wait.signal;
  }

  /** Requests one more write at once. The interval stays the same. */
  writeNow(): void {
    this.#interrupt(WRITE_NOW);
  }

  /** Takes the interval from a read of the key. Without a valid value, `WRITE_INTERVAL_MS` applies. */
  use(reply: Reply): void {
    const seconds = secondsIn(reply);
    if (seconds === undefined && reply !== null) this.#warn(reply);
    else this.#warned = null;
    const { SERVICE_NAME: service, INTERVAL_KEY, WRITE_INTERVAL_MS } = this.#settings;
    const ms = seconds === undefined ? WRITE_INTERVAL_MS : seconds * 1000;
    if (ms === this.#ms) return;
    this.#ms = ms;
    const source = seconds === undefined ? 'WRITE_INTERVAL_MS' : INTERVAL_KEY;
    this.#log.info(
      { event: 'interval', intervalMs: ms, source },
      `${service} writes every ${ms / 1000} seconds from now on, set by ${source}`,
    );
    this.#interrupt();
  }

  #interrupt(reason?: string): void {
    const wait = this.#wait;
    this.#wait = new AbortController();
    wait.abort(reason);
  }

  #warn(reply: string | typeof WRONG_TYPE): void {
    if (reply === this.#warned) return;
    this.#warned = reply;
    const { SERVICE_NAME: service, INTERVAL_KEY: key } = this.#settings;
    const expected = `expected a whole number of seconds from 1 to ${MAX_SECONDS}`;
    const value = reply === WRONG_TYPE ? undefined : shown(reply);
    const got = value === undefined ? 'it is not a string' : `got "${value}"`;
    this.#log.warn(
      { event: 'malformed', key, reason: expected, value },
      `${service} ignores ${key}: ${expected}, ${got}. WRITE_INTERVAL_MS applies`,
    );
  }
}

/** Returns the seconds in a plain number from 1 to 3600; `undefined` for all other replies. */
function secondsIn(reply: Reply): number | undefined {
  if (typeof reply !== 'string' || !/^[1-9]\d{0,3}$/.test(reply)) return undefined;
  const seconds = Number(reply);
  return seconds <= MAX_SECONDS ? seconds : undefined;
}
