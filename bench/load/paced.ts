/** Paced writes, and when each of them was heard of, read and answered. */
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMicros } from '../raw/clock.ts';
import { Connection } from '../raw/connection.ts';
import { keyspace, type Lane } from '../raw/lane.ts';
import { type Handshake, watchHandshakes } from './handshakes.ts';
import { takeSeq } from './sequence.ts';
import { runThread } from './threads.ts';

interface PacedTask {
  /** The node that is written to, and where the handshake is looked for. */
  writeTo: string;
  lane: Lane;
  ratePerSecond: number;
  writes: number;
  /** So many writes at first, paced alike, are not counted. */
  warmUp: number;
  /** Whether an observer answers in this lane. */
  answered: boolean;
  /** Nodes on which the notification of each write is waited for, without an observer. */
  arrivesOn: string[];
}

/** One number for each counted write, microseconds; times are of the monotonic clock, durations since it was due. */
export interface Paced {
  due: number[];
  /** How late it was sent. */
  lateness: number[];
  /** Until the observer had read it or a newer one. */
  read: number[];
  /** Until a handshake for it, or for a newer one, was back at the writer. */
  roundTrip: number[];
  /** Until the last of the nodes had notified of it. */
  arrival: number[];
  /** Handshakes that came back: fewer than writes where some were conflated. */
  handshakes: number;
}

/** After the last write, until all is taken for lost that has not come. */
const DRAIN_MS = 5_000;
const POLL_MS = 2;

/** @throws Error if a handshake or a notification stays away. */
export async function paced(task: PacedTask): Promise<Paced> {
  const { writeTo, lane, ratePerSecond, warmUp, answered, arrivesOn } = task;
  const writes = warmUp + task.writes;
  const firstSeq = takeSeq(lane, writes);
  const times = new SharedArrayBuffer(2 * writes * Float64Array.BYTES_PER_ELEMENT);
  const handshakes: Handshake[] = [];
  const arrivals = await Promise.all(arrivesOn.map((address) => Arrivals.watch(address, lane)));
  const unwatch = answered
    ? await watchHandshakes(writeTo, lane, (handshake) => handshakes.push(handshake))
    : () => {};
  try {
    await runThread('pacer', {
      address: writeTo,
      lane,
      ratePerSecond,
      writes,
      firstSeq,
      times,
    });
    const lastSeq = firstSeq + writes - 1;
    await drained(() => {
      if (answered && (handshakes.at(-1)?.seq ?? 0) < lastSeq) return 'the last handshake';
      return arrivals.every(({ micros }) => micros.length >= writes) ? undefined : 'notifications';
    });
    return summed(new Float64Array(times), firstSeq, warmUp, handshakes, arrivals);
  } finally {
    unwatch();
    for (const { close } of arrivals) close();
  }
}

async function drained(missing: () => string | undefined): Promise<void> {
  for (const deadline = monotonicMicros() + DRAIN_MS * 1000; missing() !== undefined; ) {
    if (monotonicMicros() > deadline) throw new Error(`${missing()} did not come within ${DRAIN_MS} ms`);
    await wait(POLL_MS);
  }
}

function summed(
  moments: Float64Array,
  firstSeq: number,
  warmUp: number,
  handshakes: readonly Handshake[],
  arrivals: readonly Arrivals[],
): Paced {
  const result: Paced = { due: [], lateness: [], read: [], roundTrip: [], arrival: [], handshakes: 0 };
  let next = 0;
  for (let i = 0; 2 * i < moments.length; i += 1) {
    // A write that no handshake names was conflated: the next newer one is its answer.
    while (next < handshakes.length && (handshakes[next] as Handshake).seq < firstSeq + i) next += 1;
    if (i < warmUp) continue;
    const due = moments[2 * i] as number;
    result.due.push(due);
    result.lateness.push((moments[2 * i + 1] as number) - due);
    const handshake = handshakes[next];
    if (handshake) {
      result.read.push(handshake.readMicros - due);
      result.roundTrip.push(handshake.backMicros - due);
      if (handshake.seq === firstSeq + i) result.handshakes += 1;
    }
    if (arrivals.length > 0) {
      result.arrival.push(Math.max(...arrivals.map(({ micros }) => micros[i] as number)) - due);
    }
  }
  return result;
}

/** When each write was notified of on one node: exactly once each and in order, in a mesh whose links hold. */
class Arrivals {
  readonly micros: number[] = [];
  close: () => void = () => {};

  static async watch(address: string, lane: Lane): Promise<Arrivals> {
    const arrivals = new Arrivals();
    const connection = await Connection.open(address, lane.db, ([kind]) => {
      if (kind === 'message') arrivals.micros.push(monotonicMicros());
    });
    arrivals.close = () => connection.close();
    await connection.subscribe([keyspace(lane, lane.key)]);
    return arrivals;
  }
}
