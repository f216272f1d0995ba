/**
 * The values of the shared key that an observer has read: it checks each new value, counts, and writes the log lines. Both
 * observers use it, so that they differ only in how they wait.
 */
import { type Clock, systemClock } from './clock.ts';
import { ConnectionLog } from './connection-log.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { type HandshakeTimes, type Observation, ObservationCounts } from './observation.ts';
import { type Cause, type Reply, WRONG_TYPE } from './reading.ts';
import type { Settings } from './settings.ts';
import { compareAge, formatHandshake, parseValue, shown, type Value } from './value.ts';

/** The newest value read from one writer. */
interface Known {
  value: Value;
  /** The connection on which a value of this writer was last read. */
  connection: number;
}

/** Writers remembered at a time. A key has one, so this only limits what other clients can make an observer store. */
const MAX_WRITERS = 64;

export class Observations {
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #connections: ConnectionLog;
  readonly #known = new Map<string, Known>();
  /** Counts the connections. */
  #connection = 0;
  /** The newest observation, until a node acknowledges its handshake. */
  #unacknowledged: Observation | undefined;
  /** The newest observation in the log. */
  #logged: Observation | undefined;
  /** The last value that a warning was about, so that a poll does not repeat the warning. */
  #warned: string | undefined;
  readonly counts = new ObservationCounts();

  constructor(settings: Settings, log: Logger, clock: Clock = systemClock) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#connections = new ConnectionLog(settings, log);
  }

  /**
   * Checks the reply to a read.
   * @param notifiedMicros Unix microseconds of the last notification, if there was one. Ignored for other causes.
   * @returns the observation to write a handshake for, or `undefined` if there is nothing new. It is the same observation
   * again if no node has acknowledged the handshake.
   */
  observe(reply: Reply, cause: Cause, notifiedMicros?: number): Observation | undefined {
    const micros = this.#clock.micros();
    this.counts.reads += 1;
    if (reply === null) {
      // There is no write yet, unless a notification has just announced one.
      return cause === 'notified'
        ? this.#malformed('it is gone by the time of the read', '', cause)
        : undefined;
    }
    if (reply === WRONG_TYPE) return this.#malformed('it is not a string', '', cause);
    const parsed = parseValue(reply);
    if (!parsed.ok) return this.#malformed(parsed.reason, reply, cause);
    const { value } = parsed;
    const known = this.#known.get(value.name);
    // No notification on this connection announced the writes before the first value read on it.
    const unannounced = known !== undefined && known.connection !== this.#connection;
    if (known) known.connection = this.#connection;
    const age = known === undefined ? 'newer' : compareAge(value, known.value);
    if (age === 'older') this.#older(value, known as Known, cause);
    if (age === 'same' && this.#unacknowledged?.write.text === value.text) return this.#unacknowledged;
    if (age !== 'newer') return undefined;

    this.#warned = undefined;
    this.#remember(value);
    const observation = this.#observation(value, known?.value, unannounced || cause !== 'notified', micros);
    if (cause === 'notified') observation.notifiedMicros = notifiedMicros;
    this.counts.add(observation, cause);
    this.#unacknowledged = observation;
    return this.#unacknowledged;
  }

  exportTo(metrics: Metrics): void {
    this.#connections.exportTo(metrics);
    this.counts.exportTo(metrics);
  }

  /** Starts a new connection: what it has not announced before its first value counts as missed. */
  logConnected(node: string): void {
    this.#connection += 1;
    this.#connections.logConnected(node);
  }

  logLost(node: string, error: Error): void {
    this.#connections.logLost(node, error);
  }

  /** The one line at the end. */
  logSummary(): void {
    const { observed, conflated, missed } = this.counts;
    this.#log.info(
      { event: 'stopped', ...this.counts },
      `${this.#settings.SERVICE_NAME} stopped: ${observed} observations, ${conflated} writes conflated, ${missed} missed`,
    );
  }

  /** Logs an observation. Call it once the handshake has been sent, so that logging is not part of the round trip. */
  logRead(observation: Observation, node: string): void {
    if (observation === this.#logged) return;
    this.#logged = observation;
    const { write, readMicros, notifiedMicros, differenceSeconds, conflated, missed } = observation;
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    // A write with second precision gets no decimals.
    const difference = write.micros === undefined ? String(differenceSeconds) : differenceSeconds.toFixed(6);
    this.#log.info(
      {
        event: 'read',
        node,
        writer: write.name,
        seq: write.seq,
        notifiedMicros,
        readMicros,
        differenceSeconds,
        ...(conflated > 0 && { conflated }),
        ...(missed !== undefined && { caughtUp: true, missed }),
      },
      `${service} read ${key}: ${write.text}, Time difference: ${difference} seconds`,
    );
    this.counts.addDifference(observation);
  }

  /** Logs that a node has acknowledged the handshake. Without a node, the next read of this write returns it again. */
  logHandshake({ handshake, write }: Observation, node: string | undefined, times: HandshakeTimes): void {
    if (node === undefined) return;
    this.counts.handshakes += 1;
    this.#unacknowledged = undefined;
    const { SERVICE_NAME: service, HANDSHAKE_KEY: key } = this.#settings;
    this.#log.info(
      { event: 'handshake', node, writer: write.name, seq: write.seq, ...times },
      `${service} set ${key}: ${handshake}`,
    );
  }

  #observation(write: Value, known: Value | undefined, caughtUp: boolean, micros: number): Observation {
    // The first value of a writer does not prove a loss: it may be older than this observer.
    const since = known?.seq === undefined || write.seq === undefined ? 1 : write.seq - known.seq;
    const missed = caughtUp && known !== undefined ? Math.max(since, 1) : 0;
    const conflated = caughtUp ? 0 : Math.max(since - 1, 0);
    const { SERVICE_NAME, VALUE_FORMAT } = this.#settings;
    return {
      write,
      readMicros: micros,
      differenceSeconds:
        write.micros === undefined
          ? Math.floor(micros / 1e6) - write.timestamp
          : (micros - write.micros) / 1e6,
      conflated,
      ...(caughtUp && { missed }),
      handshake: formatHandshake(SERVICE_NAME, write, micros, VALUE_FORMAT),
    };
  }

  /** A value outside the grammar: one warning, a counter, no handshake. */
  #malformed(reason: string, text: string, cause: Cause): undefined {
    if (this.#repeated(`${reason}\n${text}`, cause)) return;
    this.counts.malformed += 1;
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    this.#log.warn(
      { event: 'malformed', key, reason, value: shown(text), cause },
      `${service} cannot read ${key}: ${reason}${text === '' ? '' : `: ${shown(text)}`}`,
    );
  }

  #older(value: Value, { value: newest }: Known, cause: Cause): void {
    if (this.#repeated(value.text, cause)) return;
    this.counts.older += 1;
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    this.#log.warn(
      { event: 'older', value: shown(value.text), newest: shown(newest.text), cause },
      `${service} read an older value under ${key} than before: ${shown(value.text)}`,
    );
  }

  /** Whether a poll found what the last warning was about; a notification always announces another write. */
  #repeated(warning: string, cause: Cause): boolean {
    const repeated = cause !== 'notified' && warning === this.#warned;
    this.#warned = warning;
    return repeated;
  }

  #remember(value: Value): void {
    this.#known.delete(value.name);
    this.#known.set(value.name, { value, connection: this.#connection });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_WRITERS && oldest !== undefined) this.#known.delete(oldest);
  }
}
