/** What this writer has written: it numbers the writes, and remembers when each was sent and which are in flight. */
import { type Clock, systemClock } from '../common/clock.ts';
import { compareAge, formatValue, parseValue, type Value } from '../common/value.ts';

/** Writes whose round trip can still be computed. A handshake later than so many writes is of no interest. */
const MAX_REMEMBERED = 10_000;

/** A higher number was not counted up to, and would leave none for the next write. In microseconds, the year 2112. */
const HIGHEST_FOUND = Number.MAX_SAFE_INTEGER / 2;

export class History {
  /** Stands in every value: the service's name with a capital, as existing readers of the pattern expect. */
  readonly name: string;
  readonly #clock: Clock;
  #started = false;
  #seq = 0;
  #micros = 0;
  #acknowledged: Value | undefined;
  readonly #inFlight = new Set<Value>();
  /** Monotonic milliseconds just before each write was sent, by its number. */
  readonly #sentAt = new Map<number, number>();

  constructor(service: string, clock: Clock = systemClock) {
    this.name = service.charAt(0).toUpperCase() + service.slice(1);
    this.#clock = clock;
  }

  /**
   * Continues from the values that earlier runs left on the nodes, so that no number is used twice and no new write looks
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

  /** Returns the next write, to be sent now. It is in flight until `acknowledge` or `fail`. */
  next(): Value {
    this.#seq += 1;
    this.#micros = Math.max(this.#micros + 1, this.#clock.micros());
    this.#sentAt.set(this.#seq, this.#clock.now());
    const [oldest] = this.#sentAt.keys();
    if (this.#sentAt.size > MAX_REMEMBERED && oldest !== undefined) this.#sentAt.delete(oldest);
    const parsed = parseValue(formatValue(this.name, this.#seq, this.#micros));
    if (!parsed.ok) throw new Error(`the writer created a malformed value: ${parsed.reason}`);
    this.#inFlight.add(parsed.value);
    return parsed.value;
  }

  /** A node acknowledged the write. */
  acknowledge(value: Value): void {
    this.#inFlight.delete(value);
    if (!this.#acknowledged || compareAge(value, this.#acknowledged) === 'newer') this.#acknowledged = value;
  }

  /** The write was rejected, or its outcome is unknown. */
  fail(value: Value): void {
    this.#inFlight.delete(value);
  }

  /** The newest write that a node has acknowledged in this run. */
  get acknowledged(): Value | undefined {
    return this.#acknowledged;
  }

  /** Whether a write was sent and has no reply yet. */
  get hasInFlight(): boolean {
    return this.#inFlight.size > 0;
  }

  /** Seconds since just before write `seq` was sent; `undefined` if this run did not send it, or too long ago. */
  secondsSince(seq: number): number | undefined {
    const sentAt = this.#sentAt.get(seq);
    return sentAt === undefined ? undefined : (this.#clock.now() - sentAt) / 1000;
  }
}

function leavesRoom(count: number): boolean {
  return count <= HIGHEST_FOUND;
}
