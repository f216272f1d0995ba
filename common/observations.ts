/**
 * What an observer knows of the shared key: it judges each value read, counts, and writes the log lines. Both
 * observers use it, so that they differ only in how they wait.
 */
import { nowMicros } from './clock.ts';
import type { Logger } from './logger.ts';
import { type Cause, type Reply, WRONG_TYPE } from './reading.ts';
import { reasonOf } from './reason.ts';
import type { Settings } from './settings.ts';
import { compareAge, formatHandshake, parseValue, shown, type Value } from './value.ts';

/** A write seen for the first time. */
export interface Observation {
  write: Value;
  /** The observer's clock at the read minus the writer's at the write, in seconds. */
  differenceSeconds: number;
  /** Writes that no observation returned because this one had replaced them. */
  conflated: number;
  /** Set when no notification led here, with the number of writes whose notification was lost. */
  missed?: number;
  /** The handshake to write back. */
  handshake: string;
}

/** Writers remembered at a time; a key has one, so this only bounds what a stranger can make us keep. */
const MAX_WRITERS = 64;

export class Observations {
  readonly #settings: Settings;
  readonly #log: Logger;
  /** The newest value seen, by writer. */
  readonly #newest = new Map<string, Value>();
  /** The last value complained of, so that a recheck does not complain again. */
  #complaint: string | undefined;
  readonly counts = {
    reads: 0,
    observed: 0,
    caughtUp: 0,
    conflated: 0,
    missed: 0,
    older: 0,
    malformed: 0,
    handshakes: 0,
  };

  constructor(settings: Settings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  /**
   * Judges what a read brought.
   * @returns the observation to shake hands for, or `undefined` if there is nothing new.
   */
  judge(reply: Reply, cause: Cause): Observation | undefined {
    const micros = nowMicros();
    this.counts.reads += 1;
    if (reply === null) {
      // Nobody has written yet, unless somebody has just told us of a write.
      if (cause === 'notified') this.#malformed('it is gone by the time of the read', '', cause);
      return undefined;
    }
    if (reply === WRONG_TYPE) {
      this.#malformed('it is not a string', '', cause);
      return undefined;
    }
    const parsed = parseValue(reply);
    if (!parsed.ok) {
      this.#malformed(parsed.reason, reply, cause);
      return undefined;
    }
    const { value } = parsed;
    const known = this.#newest.get(value.name);
    const age = known === undefined ? 'newer' : compareAge(value, known);
    if (age === 'older') this.#older(value, known as Value, cause);
    if (age !== 'newer') return undefined;

    this.#complaint = undefined;
    this.#remember(value);
    return this.#observe(value, known, cause, micros);
  }

  logConnected(node: string): void {
    this.#log.info({ event: 'connected', node }, `${this.#settings.SERVICE_NAME} connected to ${node}`);
  }

  logLost(node: string, error: Error): void {
    const reason = reasonOf(error);
    this.#log.warn({ event: 'lost', node, reason }, `${this.#settings.SERVICE_NAME} lost ${node}: ${reason}`);
  }

  /** The one line at the end. */
  logSummary(): void {
    const { observed, conflated, missed } = this.counts;
    this.#log.info(
      { event: 'stopped', ...this.counts },
      `${this.#settings.SERVICE_NAME} stopped: ${observed} observations, ${conflated} writes conflated, ${missed} missed`,
    );
  }

  /** Logs an observation. Called once its handshake is on its way, so that logging is not part of the round trip. */
  logRead({ write, differenceSeconds, conflated, missed }: Observation, node: string): void {
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    // A write that has only seconds is not given six decimals.
    const difference = write.micros === undefined ? String(differenceSeconds) : differenceSeconds.toFixed(6);
    this.#log.info(
      {
        event: 'read',
        node,
        seq: write.seq,
        differenceSeconds,
        ...(conflated > 0 && { conflated }),
        ...(missed !== undefined && { caughtUp: true, missed }),
      },
      `${service} read ${key}: ${write.text}, Time difference: ${difference} seconds`,
    );
  }

  /** Logs that the node has taken the handshake. */
  logHandshake({ handshake, write }: Observation, node: string): void {
    this.counts.handshakes += 1;
    const { SERVICE_NAME: service, HANDSHAKE_KEY: key } = this.#settings;
    this.#log.info({ event: 'handshake', node, seq: write.seq }, `${service} set ${key}: ${handshake}`);
  }

  #observe(write: Value, known: Value | undefined, cause: Cause, micros: number): Observation {
    // The first value of a writer is no proof of a loss: it may be older than this observer.
    const since = known?.seq === undefined || write.seq === undefined ? 1 : write.seq - known.seq;
    const caughtUp = cause !== 'notified';
    const missed = caughtUp && known !== undefined ? Math.max(since, 1) : 0;
    const conflated = caughtUp ? 0 : Math.max(since - 1, 0);
    this.counts.observed += 1;
    this.counts.conflated += conflated;
    this.counts.missed += missed;
    if (caughtUp) this.counts.caughtUp += 1;
    return {
      write,
      differenceSeconds:
        write.micros === undefined
          ? Math.floor(micros / 1e6) - write.timestamp
          : (micros - write.micros) / 1e6,
      conflated,
      ...(caughtUp && { missed }),
      handshake: formatHandshake(this.#settings.SERVICE_NAME, write, micros),
    };
  }

  /** A value that is none of ours: one warning, a counter, no handshake. */
  #malformed(reason: string, text: string, cause: Cause): void {
    if (this.#repeated(`${reason}\n${text}`, cause)) return;
    this.counts.malformed += 1;
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    this.#log.warn(
      { event: 'malformed', key, reason, value: shown(text), cause },
      `${service} cannot read ${key}: ${reason}`,
    );
  }

  #older(value: Value, newest: Value, cause: Cause): void {
    if (this.#repeated(value.text, cause)) return;
    this.counts.older += 1;
    const { SERVICE_NAME: service, SHARED_KEY: key } = this.#settings;
    this.#log.warn(
      { event: 'older', value: shown(value.text), newest: shown(newest.text), cause },
      `${service} found an older value under ${key}: a node was rolled back by a resync`,
    );
  }

  /** A recheck that finds what was complained of before; a notification always tells of another write. */
  #repeated(complaint: string, cause: Cause): boolean {
    const repeated = cause !== 'notified' && complaint === this.#complaint;
    this.#complaint = complaint;
    return repeated;
  }

  #remember(value: Value): void {
    this.#newest.delete(value.name);
    this.#newest.set(value.name, value);
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > MAX_WRITERS && oldest !== undefined) this.#newest.delete(oldest);
  }
}
