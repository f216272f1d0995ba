/** Computes the expected result of an observer's read: an observation with exact counts, a warning, or nothing. */
import { isDeepStrictEqual } from 'node:util';
import type { Fields } from './check.ts';
import type { ServiceName } from './schedule.ts';

/** The value of the shared key: a write of the writer, or of another client. */
export interface Write {
  text: string;
  name: string;
  seq: number;
  micros: number;
}

/** `undefined`: another type than string. */
export type KeyValue = string | null | undefined;

export interface Expected {
  /** The line to log, or its event. */
  line?: Fields;
  warning?: 'older' | 'malformed';
  handshake?: string;
}

export class ExpectedReads {
  readonly #service: ServiceName;
  /** The newest write of each client, and the connection on which one was last read. */
  readonly #known = new Map<string, { write: Write; connection: number }>();
  #connection = 0;
  #warned: string | undefined;
  #handshakeLost = false;
  /** Outcome of each write of the writer, by its number. */
  readonly outcomes = new Map<number, 'observed' | 'conflated' | 'missed'>();
  /** The last observation, and its handshake. */
  last: Write | undefined;
  handshake: string | undefined;
  readonly counts = { reads: 0, observed: 0, caughtUp: 0, conflated: 0, missed: 0, older: 0, malformed: 0 };

  constructor(service: ServiceName) {
    this.#service = service;
  }

  onConnected(): void {
    this.#connection += 1;
  }

  onHandshakeAcknowledged(): void {
    this.#handshakeLost = false;
  }

  /**
   * Returns the expected action of the observer.
   * @param announced whether a notification led to the read or arrived before its reply.
   * @param micros the observer's clock at the reply.
   * @param notifiedMicros the observer's clock at the last notification.
   */
  next(value: KeyValue, announced: boolean, micros: number, notifiedMicros?: number): Expected {
    this.counts.reads += 1;
    const write = parseWrite(value);
    if (!write) return this.#warn('malformed', value, announced, value === null && !announced);
    const known = this.#known.get(write.name);
    const unannounced = known !== undefined && known.connection !== this.#connection;
    if (known) known.connection = this.#connection;
    if (!known || write.micros > known.write.micros)
      return this.#observe(write, known?.write, announced && !unannounced, micros, {
        readMicros: micros,
        notifiedMicros: announced ? notifiedMicros : undefined,
      });
    if (write.text !== known.write.text) return this.#warn('older', value, announced, false);
    // A handshake that was not acknowledged is sent again.
    return this.#handshakeLost && isDeepStrictEqual(write, this.last) && this.handshake
      ? { handshake: this.handshake }
      : {};
  }

  /** A poll does not repeat the last warning. */
  #warn(warning: 'older' | 'malformed', value: KeyValue, announced: boolean, normal: boolean): Expected {
    if (normal) return {};
    const repeated = !announced && this.#warned === String(value);
    this.#warned = String(value);
    if (repeated) return {};
    this.counts[warning] += 1;
    return { warning };
  }

  #observe(
    write: Write,
    known: Write | undefined,
    announced: boolean,
    micros: number,
    times: Fields,
  ): Expected {
    const { name, seq } = write;
    const gap = known ? seq - known.seq : 0;
    const conflated = announced ? Math.max(gap - 1, 0) : 0;
    const missed = announced ? 0 : gap;
    for (let i = seq - gap + 1; i < seq; i += 1) this.#settle(name, i, announced ? 'conflated' : 'missed');
    this.#settle(name, seq, 'observed');
    this.#known.set(name, { write, connection: this.#connection });
    this.#warned = undefined;
    this.#handshakeLost = true;
    this.last = write;
    this.handshake = `Handshake from ${this.#service} for ${name} seq ${seq} micros ${micros} timestamp ${Math.floor(micros / 1e6)}`;
    this.counts.observed += 1;
    if (!announced) this.counts.caughtUp += 1;
    this.counts.conflated += conflated;
    this.counts.missed += missed;
    const line = {
      event: 'read',
      writer: name,
      seq,
      ...times,
      differenceSeconds: (micros - write.micros) / 1e6,
      ...(conflated > 0 && { conflated }),
      ...(!announced && { caughtUp: true, missed }),
    };
    return { line, handshake: this.handshake };
  }

  #settle(name: string, seq: number, outcome: 'observed' | 'conflated' | 'missed'): void {
    if (name !== 'Writer') return;
    // A write that is settled twice is last, which breaks the order.
    this.outcomes.delete(seq);
    this.outcomes.set(seq, outcome);
  }
}

/** Parses a write, without the code of the services. */
export function parseWrite(value: KeyValue): Write | undefined {
  const [text, name, seq, micros] = /^(\w+) seq (\d+) micros (\d+) timestamp \d+$/.exec(value ?? '') ?? [];
  if (text === undefined || name === undefined) return undefined;
  return { text, name, seq: Number(seq), micros: Number(micros) };
}
