/** An observation, and the counts of an observer: for its summary and its metrics. */
import type { Metrics } from './metrics.ts';
import type { Cause } from './reading.ts';
import type { Value } from './value.ts';

/** A write read for the first time. */
export interface Observation {
  write: Value;
  /** Unix microseconds of the read, on the observer's clock. */
  readMicros: number;
  /** Unix microseconds of the notification that led to the read. Absent for a read after a connection and for a poll. */
  notifiedMicros?: number | undefined;
  /** The observer's clock at the read minus the writer's at the write, in seconds. */
  differenceSeconds: number;
  /** Writes that no observation returned because this one had replaced them. */
  conflated: number;
  /** Set for a catch-up: the number of writes that no notification announced to this observer, with this one. */
  missed?: number;
  /** The handshake to write back. */
  handshake: string;
}

/** When an observer sent a handshake and received its acknowledgment, in Unix microseconds on its clock. */
export interface HandshakeTimes {
  sentMicros: number;
  acknowledgedMicros: number;
}

export class ObservationCounts {
  reads = 0;
  observed = 0;
  caughtUp = 0;
  conflated = 0;
  missed = 0;
  older = 0;
  malformed = 0;
  /** Time differences below 0, which only clocks that differ can cause. */
  negative = 0;
  handshakes = 0;
  readonly #causes = { notified: 0, connected: 0, recheck: 0 };
  /** Unix time of the last observation, in seconds; of the start until there is one. */
  #lastAt = Date.now() / 1000;
  #lastSeq: number | undefined;
  #measure: (seconds: number) => void = () => {};

  add({ write, readMicros, conflated, missed }: Observation, cause: Cause): void {
    this.observed += 1;
    this.conflated += conflated;
    this.missed += missed ?? 0;
    if (missed !== undefined) this.caughtUp += 1;
    this.#causes[cause] += 1;
    this.#lastAt = readMicros / 1e6;
    this.#lastSeq = write.seq;
  }

  /** Call it once the handshake has been sent, so that a histogram is not part of the round trip. */
  addDifference({ write, differenceSeconds }: Observation): void {
    if (differenceSeconds < 0) this.negative += 1;
    // A negative value would decrease the sum of the histogram, which Prometheus takes for a restart.
    else if (write.micros !== undefined) this.#measure(differenceSeconds);
  }

  exportTo(metrics: Metrics): void {
    this.#measure = metrics.histogram(
      'mesh_time_difference_seconds',
      'Clock of the observer at the read minus clock of the writer at the write, without negative ones.',
      [],
    );
    metrics.counter(
      'mesh_observations_total',
      'Observations by the cause of the read: a notification, a new connection, or a poll.',
      ['cause'],
      () => Object.entries(this.#causes).map(([cause, count]) => [{ cause }, count] as const),
    );
    const total = (name: string, help: string, read: () => number) => metrics.counter(name, help, [], read);
    total('mesh_writes_conflated_total', 'Writes that a newer one had replaced.', () => this.conflated);
    total('mesh_writes_missed_total', 'Writes whose notification was lost.', () => this.missed);
    total('mesh_negative_differences_total', 'Time differences below 0.', () => this.negative);
    metrics.counter(
      'mesh_values_rejected_total',
      'Values without a handshake: older than an earlier one, or malformed.',
      ['reason'],
      () => [
        [{ reason: 'older' }, this.older],
        [{ reason: 'malformed' }, this.malformed],
      ],
    );
    metrics.gauge(
      'mesh_last_observation_timestamp_seconds',
      'Unix time of the last observation; of the start of the service until there is one.',
      [],
      () => this.#lastAt,
    );
    metrics.gauge('mesh_observed_seq', 'seq of the last write observed.', [], () => this.#lastSeq);
  }
}
