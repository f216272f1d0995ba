/** What this writer has written: it numbers the writes and remembers when each was sent. */
import { nowMicros } from '../common/clock.ts';
import { compareAge, formatValue, parseValue, type Value } from '../common/value.ts';

/** Writes whose round trip can still be told. A handshake later than so many writes is of no interest. */
const MAX_REMEMBERED = 10_000;

/** Whatever is higher was not counted up to, and would leave no number for the next write. In microseconds, the year 2112. */
const HIGHEST_FOUND = Number.MAX_SAFE_INTEGER / 2;

export class History {
  /** Stands in every value: the service's name with a capital, as existing readers of the pattern expect. */
  readonly name: string;
  #started = false;
  #seq = 0;
  #micros = 0;
  #acknowledged: Value | undefined;
  /** Monotonic milliseconds just before each write was sent, by its number. */
  readonly #sentAt = new Map<number, number>();

  constructor(service: string) {
    this.name = service.charAt(0).toUpperCase() + service.slice(1);
  }

  /**
   * Goes on from the values that earlier runs left on the nodes, so that no number is given twice and no new write looks
   * older than the last, even if the clock was set back.
   */
  start(earlier: readonly Value[]): void {
    this.#started = true;
    this.#seq = Math.max(0, ...earlier.map(({ seq = 0 }) => seq).filter(leavesRoom));
    this.#micros = Math.max(0, ...earlier.map(({ micros = 0 }) => micros).filter(leavesRoom));
  }

  get started(): boolean {
    return this.#started;
  }

  /** The next write, to be sent now. */
  next(): Value {
    this.#seq += 1;
    this.#micros = Math.max(this.#micros + 1, nowMicros());
    this.#sentAt.set(this.#seq, performance.now());
    const [oldest] = this.#sentAt.keys();
    if (this.#sentAt.size > MAX_REMEMBERED && oldest !== undefined) this.#sentAt.delete(oldest);
    const parsed = parseValue(formatValue(this.name, this.#seq, this.#micros));
    if (!parsed.ok) throw new Error(`the writer made a value that nobody can read: ${parsed.reason}`);
    return parsed.value;
  }

  /** A node has taken the write. */
  acknowledge(value: Value): void {
    if (!this.#acknowledged || compareAge(value, this.#acknowledged) === 'newer') this.#acknowledged = value;
  }

  /** The newest write that a node has taken in this run. */
  get acknowledged(): Value | undefined {
    return this.#acknowledged;
  }

  /** Seconds since just before write `seq` was sent; `undefined` if this run did not send it, or long ago. */
  secondsSince(seq: number): number | undefined {
    const sentAt = this.#sentAt.get(seq);
    return sentAt === undefined ? undefined : (performance.now() - sentAt) / 1000;
  }
}

function leavesRoom(count: number): boolean {
  return count <= HIGHEST_FOUND;
}
