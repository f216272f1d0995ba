/** Sends many writes, and measures how far behind the observer is when the last one has arrived at its node. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../../../toolkit/node/connection.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { connect, isMessage } from '../raw/connect.ts';
import { keyspace, type Lane, seqOf } from '../raw/lane.ts';
import type { Sent } from './pipeliner.ts';
import { takeSeq } from './sequence.ts';
import { runThread } from './threads.ts';

interface PipelinedTask {
  writeTo: string;
  lane: Lane;
  /** Writes per second; 0: maximum rate. */
  ratePerSecond: number;
  seconds: number;
  /** Number of writes. If omitted, only the time ends the load. */
  writes?: number;
  /** Number of keys that are written in turn. */
  keys?: number;
  /** The observer's node. If omitted, there is no observer. */
  observedOn?: string;
  /** The node that receives the handshakes. If omitted, the observer's node. */
  handshakesTo?: string;
  /** Time for the observer to catch up after the last write, in seconds. */
  catchUpSeconds?: number;
}

export interface Pipelined {
  writes: number;
  seconds: number;
  /** Absent without an observer. */
  observed?: {
    /** Handshakes from the first write until the observer had caught up or the time limit. */
    observations: number;
    /** The handshakes among them after the last write had arrived at the observer's node. */
    lagObservations: number;
    /** Time from sending the last write to the last handshake, in milliseconds. */
    lagMs: number;
    /** Whether the observer sent a handshake for the last write. */
    caughtUp: boolean;
    /** GET commands that this measurement sent to the observer's node. */
    reads: number;
  };
}

const MORE_THAN_ANY = 1e9;
const CATCH_UP_SECONDS = 5;
const POLL_MS = 5;

/** Writes, and waits for the observer. @throws Error if a write is rejected. */
export async function pipelined(task: PipelinedTask): Promise<Pipelined> {
  const { writeTo, lane, ratePerSecond, seconds, writes = MORE_THAN_ANY, keys = 1, observedOn } = task;
  const { handshakesTo = observedOn } = task;
  // The number of writes in a timed run is not known in advance, so reserve the maximum number of sequence numbers.
  const most = Math.min(writes, Math.ceil(seconds * (ratePerSecond || 1e6)) + 1);
  const firstSeq = takeSeq(lane, most);
  const markKey = `${lane.key}:mark`;
  const watch =
    observedOn && handshakesTo ? await LagWatch.open(observedOn, handshakesTo, lane, markKey) : undefined;
  try {
    const options = { address: writeTo, lane, ratePerSecond, seconds, writes, firstSeq, keys, markKey };
    const sent = await runThread<Sent>('pipeliner', options);
    const result: Pipelined = { writes: sent.writes, seconds: sent.seconds };
    if (watch) {
      const lastSeq = firstSeq + sent.writes - 1;
      const caughtUp = await watch.untilAnswered(lastSeq, task.catchUpSeconds ?? CATCH_UP_SECONDS);
      result.observed = watch.result(sent.lastSentMicros, caughtUp);
    }
    return result;
  } finally {
    watch?.close();
  }
}

/**
 * Counts handshakes on the node that receives them. If this is the observer's node, one connection announces in order
 * the handshakes and the mark, which follows the last write. Handshakes after the mark are the lag, independent of clocks.
 * Otherwise the mark arrives on a connection to the observer's node, and the order is that of their arrival here.
 */
class LagWatch {
  /** To the observer's node, and to the node that receives the handshakes; the same if it is one node. */
  readonly #connections: { observed: Connection; handshakes: Connection };
  readonly #lane: Lane;
  #observations = 0;
  #atMark: number | undefined;
  #lastMicros = 0;
  #reads = 0;

  private constructor(connections: { observed: Connection; handshakes: Connection }, lane: Lane) {
    this.#connections = connections;
    this.#lane = lane;
  }

  static async open(
    observedOn: string,
    handshakesTo: string,
    lane: Lane,
    markKey: string,
  ): Promise<LagWatch> {
    const mark = keyspace(lane, markKey);
    let watch: LagWatch | undefined;
    const open = (address: string) =>
      connect(address, lane.db, (push) => {
        if (isMessage(push)) watch?.count(String(push[1]) === mark);
      });
    const observed = await open(observedOn);
    const handshakes = handshakesTo === observedOn ? observed : await open(handshakesTo);
    watch = new LagWatch({ observed, handshakes }, lane);
    await observed.subscribe([mark]);
    await handshakes.subscribe([keyspace(lane, lane.handshakeKey)]);
    return watch;
  }

  count(isMark: boolean): void {
    if (isMark) this.#atMark = this.#observations;
    else {
      this.#observations += 1;
      this.#lastMicros = monotonicMicros();
    }
  }

  async untilAnswered(seq: number, catchUpSeconds: number): Promise<boolean> {
    const { observed, handshakes } = this.#connections;
    for (const deadline = monotonicMicros() + catchUpSeconds * 1e6; ; ) {
      if (handshakes === observed) this.#reads += 1;
      const text = await handshakes.call(['GET', this.#lane.handshakeKey]);
      const answered = seqOf(String(text)) === seq;
      // A naive observer writes the same handshake for several notifications, so wait until no more arrive.
      if (answered && this.#isQuiet()) return true;
      if (monotonicMicros() > deadline) return false;
      await wait(POLL_MS);
    }
  }

  result(lastSentMicros: number, caughtUp: boolean): NonNullable<Pipelined['observed']> {
    return {
      observations: this.#observations,
      lagObservations: this.#observations - (this.#atMark ?? this.#observations),
      lagMs: (this.#lastMicros - lastSentMicros) / 1000,
      caughtUp,
      reads: this.#reads,
    };
  }

  close(): void {
    this.#connections.observed.close();
    this.#connections.handshakes.close();
  }

  /** Returns whether the mark has arrived and no handshake has followed for 50 ms. */
  #isQuiet(): boolean {
    return this.#atMark !== undefined && monotonicMicros() - this.#lastMicros > 50_000;
  }
}
