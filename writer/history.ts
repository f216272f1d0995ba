/** What this writer has written: it numbers the writes, and remembers when each was sent and which are in flight. */
import { type Clock, systemClock } from '../common/clock.ts';
import {
  compareAge,
  formatClassic,
  formatValue,
  parseValue,
  type Value,
  type ValueFormat,
} from '../common/value.ts';

/** Writes whose round trip can still be computed. A handshake later than so many writes is of no interest. */
const MAX_REMEMBERED = 10_000;

/** A higher number was not counted up to, and would leave none for the next write. In microseconds, the year 2112. */
const HIGHEST_FOUND = Number.MAX_SAFE_INTEGER / 2;

export class History {
  /** Stands in every value: the service's name with a capital, as existing readers of the pattern expect. */
  readonly name: string;
  readonly #clock: Clock;
  readonly #format: ValueFormat;
  #started = false;
  #seq = 0;
  #micros = 0;
  #acknowledged: Value | undefined;
  readonly #inFlight = new Set<Value>();
  /** Monotonic milliseconds just before each write was sent, by its `idOf`. */
  readonly #sentAt = new Map<number, number>();

  constructor(service: string, clock: Clock = systemClock, format: ValueFormat = 'full') {
    this.name = service.charAt(0).toUpperCase() + service.slice(1);
    this.#clock = clock;
    this.#format = format;
  }

  /**
   * Continues from the values that earlier runs left on the nodes, so that no number is used twice and no new write looks
   * older than the last, even if the clock was set back.
   */
  start(earlier: readonly Value[]): void {
    this.#started = true;
    this.#seq = Math.max(0, ...earlier.map(({ seq = 0 }) => seq).filter(leavesRoom));
    this.#micros = Math.max(0, ...earlier.map(latestMicros).filter(leavesRoom));
  }

  get started(): boolean {
    return this.#started;
  }

  /** Returns the next write, to be sent now. It is in flight until `acknowledge` or `fail`. */
  next(): Value {
    this.#seq += 1;
    this.#micros = Math.max(this.#micros + 1, this.#clock.micros());
    const parsed = parseValue(
      this.#format === 'classic'
        ? formatClassic(this.name, Math.floor(this.#micros / 1e6))
        : formatValue(this.name, this.#seq, this.#micros),
    );
    if (!parsed.ok) throw new Error(`the writer created a malformed value: ${parsed.reason}`);
    const [, id = 0] = this.idOf(parsed.value);
    // Classic writes of one second have the same value, so observers send a handshake for the first of them only.
    if (!this.#sentAt.has(id)) this.#sentAt.set(id, this.#clock.now());
    const [oldest] = this.#sentAt.keys();
    if (this.#sentAt.size > MAX_REMEMBERED && oldest !== undefined) this.#sentAt.delete(oldest);
    this.#inFlight.add(parsed.value);
    return parsed.value;
  }

  /** Returns the pair that identifies a write of this writer: in its value, and in the handshakes for it. */
  idOf({ seq, timestamp }: Value): [word: 'seq' | 'timestamp', number: number | undefined] {
    return this.#format === 'classic' ? ['timestamp', timestamp] : ['seq', seq];
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

  /** Monotonic milliseconds just before the write with this `idOf` was sent; `undefined` if not by this run, or too long ago. */
  sentAt(id: number): number | undefined {
    return this.#sentAt.get(id);
  }
}

/** Returns the latest time at which a value may have been written. Without `micros`, this is the end of its second. */
function latestMicros({ micros, timestamp }: Value): number {
  return micros ?? (timestamp + 1) * 1e6 - 1;
}

function leavesRoom(count: number): boolean {
  return count <= HIGHEST_FOUND;
}
