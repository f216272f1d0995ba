/** Sends paced writes, and records when each of them was announced, read, and answered. */
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMicros } from '../raw/clock.ts';
import { connect, isMessage } from '../raw/connect.ts';
import { keyspace, type Lane } from '../raw/lane.ts';
import { type Handshake, watchHandshakes } from './handshakes.ts';
import { takeSeq } from './sequence.ts';
import { runThread } from './threads.ts';

interface PacedTask {
  /** The writer's node, which is also the node where handshakes are read. */
  writeTo: string;
  lane: Lane;
  ratePerSecond: number;
  writes: number;
  /** Number of warm-up writes at the same rate, which are not counted. */
  warmUp: number;
  /** Whether an observer answers in this lane. */
  answered: boolean;
  /** Nodes that must announce each write, without an observer. */
  arrivesOn: string[];
}

/**
 * One number for each counted write, in microseconds: times of the monotonic clock, durations since its scheduled time.
 */
export interface Paced {
  due: number[];
  /** Delay of sending. */
  lateness: number[];
  /** Time until the observer had read this write or a newer one. */
  read: number[];
  /** Time until a handshake for this write or a newer one reached the writer. */
  roundTrip: number[];
  /** Time until the last of the nodes had announced it. */
  arrival: number[];
  /** Number of handshakes: fewer than writes if some were conflated. */
  handshakes: number;
}

/** Time after the last write until missing handshakes count as lost. */
const DRAIN_MS = 5_000;
const POLL_MS = 2;

/** @throws Error if a handshake or a notification is missing. */
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
    if (monotonicMicros() > deadline) throw new Error(`${missing()} did not arrive within ${DRAIN_MS} ms`);
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
    // A write without a handshake was conflated, so the handshake for the next newer write answers it.
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

/** Returns when one node announced each write. If the links stay up, it announces each exactly once, in order. */
class Arrivals {
  readonly micros: number[] = [];
  close: () => void = () => {};

  static async watch(address: string, lane: Lane): Promise<Arrivals> {
    const arrivals = new Arrivals();
    const connection = await connect(address, lane.db, (push) => {
      if (isMessage(push)) arrivals.micros.push(monotonicMicros());
    });
    arrivals.close = () => connection.close();
    await connection.subscribe([keyspace(lane, lane.key)]);
    return arrivals;
  }
}
