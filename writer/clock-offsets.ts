/**
 * Estimates the clock offset of each observer from its handshakes, as NTP does. The observer read the write after the
 * writer had sent it, and before the handshake arrived. So the middle of the round trip is the time of the read on the
 * writer's clock, with an error of at most half the round trip.
 */
import { type Clock, MAX_DRIFT } from '../common/clock.ts';
import type { Metrics } from '../common/metrics.ts';

/** The observer's clock minus the writer's clock. The true value is at most `errorSeconds` away. */
export interface ClockOffset {
  observer: string;
  offsetSeconds: number;
  errorSeconds: number;
}

/** The estimate of one handshake, in microseconds. Its error increases with its age, because clocks drift. */
interface Sample {
  offset: number;
  error: number;
  /** Monotonic milliseconds just before the write was sent. */
  sentAt: number;
}

interface Known {
  /** The last samples, oldest first. None contradicts a later one. */
  samples: Sample[];
  /** The offset in the last log line. */
  logged?: number;
}

const MAX_SAMPLES = 64;
/** Observers remembered at a time: containers with new names replace old ones, and other clients can write handshakes. */
const MAX_OBSERVERS = 64;
/** The two clocks may drift in opposite directions. */
const RELATIVE_DRIFT = 2 * MAX_DRIFT;
/** The time of the read, the time of the arrival, the offset, and the error are rounded, each by half a microsecond. */
const ROUNDING_MICROS = 2;

export class ClockOffsets {
  readonly #clock: Clock;
  /** By observer, the one with the oldest sample first. */
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Adds a handshake that has just arrived.
   * @param readMicros Unix microseconds of the read, on the observer's clock.
   * @param sentAt monotonic milliseconds just before the write was sent.
   * @returns the new estimate if it differs from the last returned one by more than its error.
   */
  add(observer: string, readMicros: number, sentAt: number): ClockOffset | undefined {
    // In this order, a pause between the two readings only increases the error.
    const arrivedMicros = this.#clock.micros();
    const now = this.#clock.now();
    const half = ((now - sentAt) * 1000) / 2;
    const sample = { offset: readMicros - (arrivedMicros - half), error: half + ROUNDING_MICROS, sentAt };
    const known = this.#remember(observer);
    // If no offset explains both samples, one of the clocks was set: the earlier samples are no longer valid.
    if (known.samples.some((earlier) => contradict(earlier, sample, now))) known.samples.length = 0;
    known.samples.push(sample);
    if (known.samples.length > MAX_SAMPLES) known.samples.shift();
    const best = bestOf(known.samples, now);
    if (known.logged !== undefined && Math.abs(best.offset - known.logged) <= errorOf(best, now))
      return undefined;
    known.logged = best.offset;
    return estimateOf(observer, best, now);
  }

  /** The current estimates. Without new handshakes, the error of an estimate increases. */
  get estimates(): ClockOffset[] {
    const now = this.#clock.now();
    return [...this.#known].map(([observer, { samples }]) => estimateOf(observer, bestOf(samples, now), now));
  }

  exportTo(metrics: Metrics): void {
    const gauge = (name: string, help: string, read: (one: ClockOffset) => number) =>
      metrics.gauge(name, help, ['observer'], () =>
        this.estimates.map((one) => [{ observer: one.observer }, read(one)]),
      );
    gauge('mesh_clock_offset_seconds', "Observer's clock minus writer's clock.", (one) => one.offsetSeconds);
    gauge('mesh_clock_offset_error_seconds', 'Maximum error of the clock offset.', (one) => one.errorSeconds);
  }

  #remember(observer: string): Known {
    const known = this.#known.get(observer) ?? { samples: [] };
    this.#known.delete(observer);
    this.#known.set(observer, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_OBSERVERS && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

/** Returns the error of a sample at a monotonic time in milliseconds. */
function errorOf({ error, sentAt }: Sample, now: number): number {
  return error + (now - sentAt) * 1000 * RELATIVE_DRIFT;
}

function contradict(one: Sample, other: Sample, now: number): boolean {
  return Math.abs(one.offset - other.offset) > errorOf(one, now) + errorOf(other, now);
}

function bestOf(samples: readonly Sample[], now: number): Sample {
  return samples.reduce((best, sample) => (errorOf(sample, now) <= errorOf(best, now) ? sample : best));
}

function estimateOf(observer: string, sample: Sample, now: number): ClockOffset {
  return {
    observer,
    offsetSeconds: inSeconds(sample.offset),
    errorSeconds: inSeconds(errorOf(sample, now)),
  };
}

function inSeconds(micros: number): number {
  return Number((micros / 1e6).toFixed(6));
}
