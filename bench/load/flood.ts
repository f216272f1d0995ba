/** Many writes, and how far behind the observer is when the last of them has arrived at its node. */
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMicros } from '../raw/clock.ts';
import { Connection } from '../raw/connection.ts';
import { keyspace, type Lane, seqOf } from '../raw/lane.ts';
import type { Flooded } from './flooder.ts';
import { takeSeq } from './sequence.ts';
import { runThread } from './threads.ts';

interface FloodTask {
  writeTo: string;
  lane: Lane;
  /** Writes a second; 0: as many as the node takes. */
  ratePerSecond: number;
  seconds: number;
  /** Ends after so many writes; absent: by time alone. */
  writes?: number;
  /** How many keys are written in turn. */
  keys?: number;
  /** The observer's node; absent: nobody observes. */
  observedOn?: string;
  /** How long the observer is given to catch up after the last write, in seconds. */
  patienceSeconds?: number;
}

export interface Flood {
  writes: number;
  seconds: number;
  /** Absent without an observer. */
  observed?: {
    /** Handshakes from the first write until it had caught up, or patience ended. */
    observations: number;
    /** Of these, those after the last write had arrived at the observer's node. */
    lagObservations: number;
    /** From the last write's sending to the last handshake, in milliseconds. */
    lagMs: number;
    /** Whether it shook hands for the last write. */
    caughtUp: boolean;
    /** GET commands that this watching cost the observer's node. */
    looks: number;
  };
}

const MORE_THAN_ANY = 1e9;
const PATIENCE_SECONDS = 5;
const POLL_MS = 5;

/** Writes, and waits for the observer. @throws Error if a write is refused. */
export async function flood(task: FloodTask): Promise<Flood> {
  const { writeTo, lane, ratePerSecond, seconds, writes = MORE_THAN_ANY, keys = 1, observedOn } = task;
  // Which numbers a flood by time will use is known afterwards: it is given all that it could.
  const most = Math.min(writes, Math.ceil(seconds * (ratePerSecond || 1e6)) + 1);
  const firstSeq = takeSeq(lane, most);
  const markKey = `${lane.key}:mark`;
  const watch = observedOn === undefined ? undefined : await LagWatch.open(observedOn, lane, markKey);
  try {
    const options = { address: writeTo, lane, ratePerSecond, seconds, writes, firstSeq, keys, markKey };
    const flooded = await runThread<Flooded>('flooder', options);
    const result: Flood = { writes: flooded.writes, seconds: flooded.seconds };
    if (watch) {
      const lastSeq = firstSeq + flooded.writes - 1;
      const caughtUp = await watch.untilAnswered(lastSeq, task.patienceSeconds ?? PATIENCE_SECONDS);
      result.observed = watch.result(flooded.lastSentMicros, caughtUp);
    }
    return result;
  } finally {
    watch?.close();
  }
}

/**
 * Counts handshakes on the observer's node. The node tells of them and of the mark, which follows the last write, on one
 * connection in the order in which they happened there: what comes after the mark is the lag, whatever the clocks say.
 */
class LagWatch {
  readonly #connection: Connection;
  readonly #lane: Lane;
  #observations = 0;
  #atMark: number | undefined;
  #lastMicros = 0;
  #looks = 0;

  private constructor(connection: Connection, lane: Lane) {
    this.#connection = connection;
    this.#lane = lane;
  }

  static async open(address: string, lane: Lane, markKey: string): Promise<LagWatch> {
    const mark = keyspace(lane, markKey);
    let watch: LagWatch | undefined;
    const connection = await Connection.open(address, lane.db, ([kind, channel]) => {
      if (kind === 'message') watch?.count(channel === mark);
    });
    watch = new LagWatch(connection, lane);
    await connection.subscribe([mark, keyspace(lane, lane.handshakeKey)]);
    return watch;
  }

  count(isMark: boolean): void {
    if (isMark) this.#atMark = this.#observations;
    else {
      this.#observations += 1;
      this.#lastMicros = monotonicMicros();
    }
  }

  async untilAnswered(seq: number, patienceSeconds: number): Promise<boolean> {
    for (const deadline = monotonicMicros() + patienceSeconds * 1e6; ; ) {
      this.#looks += 1;
      const text = await this.#connection.call('GET', this.#lane.handshakeKey);
      const answered = typeof text === 'string' && seqOf(text) === seq;
      // Its own handshake may be written several times: a naive observer writes it for each notification.
      if (answered && this.#isQuiet()) return true;
      if (monotonicMicros() > deadline) return false;
      await wait(POLL_MS);
    }
  }

  result(lastSentMicros: number, caughtUp: boolean): NonNullable<Flood['observed']> {
    return {
      observations: this.#observations,
      lagObservations: this.#observations - (this.#atMark ?? this.#observations),
      lagMs: (this.#lastMicros - lastSentMicros) / 1000,
      caughtUp,
      looks: this.#looks,
    };
  }

  close(): void {
    this.#connection.close();
  }

  /** The mark is there, and no handshake was for a while. */
  #isQuiet(): boolean {
    return this.#atMark !== undefined && monotonicMicros() - this.#lastMicros > 50_000;
  }
}
