/**
 * Generates open-loop load: a late write does not shift the following ones. Latency is measured from the scheduled
 * time, so a pause appears in every write that it delayed (no coordinated omission).
 */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { nowMicros } from '../../../common/clock.ts';
import { formatValue } from '../../../common/value.ts';
import { encode, ReplyError } from '../../../toolkit/node/resp.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { connect } from '../raw/connect.ts';
import type { Lane } from '../raw/lane.ts';

interface PacerOptions {
  address: string;
  lane: Lane;
  ratePerSecond: number;
  writes: number;
  firstSeq: number;
  /** Two numbers for each write: the scheduled time and the time of sending, in microseconds of the monotonic clock. */
  times: SharedArrayBuffer;
}

/** Sleeping threads wake up late, so wake up earlier by this time and spin for the rest. In microseconds. */
const WAKE_EARLY_MICROS = 150;
/** Time from the start of the thread to the first write, in microseconds: enough to connect and compile. */
const START_DELAY_MICROS = 20_000;

const { address, lane, ratePerSecond, writes, firstSeq, times } = workerData as PacerOptions;
const moments = new Float64Array(times);
const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps precisely. Timers are not precise enough: they use whole milliseconds. */
function sleepUntil(due: number): void {
  const ms = (due - WAKE_EARLY_MICROS - monotonicMicros()) / 1000;
  if (ms > 0) Atomics.wait(never, 0, 0, ms);
  while (monotonicMicros() < due);
}

const connection = await connect(address, lane.db);
// Reading the wall clock sometimes takes a millisecond, so read it only once, before the writes.
const wallOffset = nowMicros() - monotonicMicros();
const start = monotonicMicros() + START_DELAY_MICROS;
let rejected: { message: string } | undefined;
for (let i = 0; i < writes && !rejected; i += 1) {
  const due = start + (i * 1e6) / ratePerSecond;
  sleepUntil(due);
  const sent = monotonicMicros();
  moments[2 * i] = due;
  moments[2 * i + 1] = sent;
  const value = formatValue('Writer', firstSeq + i, Math.round(wallOffset + sent));
  connection.send(encode([['SET', lane.key, value]]), 1, (reply) => {
    if (reply instanceof ReplyError || reply instanceof Error) rejected = reply;
  });
  // Lets the event loop receive replies, which a sleeping thread cannot do.
  await turn();
}
await connection.call(['PING']).catch((error) => {
  rejected ??= error;
});
connection.close();
parentPort?.postMessage({ error: rejected?.message });
