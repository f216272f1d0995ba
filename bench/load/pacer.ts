/**
 * A thread that writes at fixed moments, each counted from the first: an open loop, which does not wait for anybody.
 * Who is late at one write does not move the others, and latency is counted from when a write was due, so that a pause
 * anywhere shows in every write that it delayed (no coordinated omission).
 */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { nowMicros } from '../../common/clock.ts';
import { formatValue } from '../../common/value.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { Connection, command } from '../raw/connection.ts';
import type { Lane } from '../raw/lane.ts';

interface PacerOptions {
  address: string;
  lane: Lane;
  ratePerSecond: number;
  writes: number;
  firstSeq: number;
  /** Two numbers for each write: when it was due, and when it was sent (microseconds of the monotonic clock). */
  times: SharedArrayBuffer;
}

/** A sleeping thread wakes a little late: it is woken so much earlier, and turns for the rest. Microseconds. */
const WAKE_EARLY_MICROS = 150;
/** From the start of the thread to the first write: all is connected and compiled by then. Microseconds. */
const START_DELAY_MICROS = 20_000;

const { address, lane, ratePerSecond, writes, firstSeq, times } = workerData as PacerOptions;
const moments = new Float64Array(times);
const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps precisely, which timers do not: theirs are whole milliseconds. */
function sleepUntil(due: number): void {
  const ms = (due - WAKE_EARLY_MICROS - monotonicMicros()) / 1000;
  if (ms > 0) Atomics.wait(never, 0, 0, ms);
  while (monotonicMicros() < due);
}

const connection = await Connection.open(address, lane.db);
// The clock's own upkeep waits for a millisecond now and then: asked once, it cannot make a write late.
const wallOffset = nowMicros() - monotonicMicros();
const start = monotonicMicros() + START_DELAY_MICROS;
let refused: Error | undefined;
for (let i = 0; i < writes && !refused; i += 1) {
  const due = start + (i * 1e6) / ratePerSecond;
  sleepUntil(due);
  const sent = monotonicMicros();
  moments[2 * i] = due;
  moments[2 * i + 1] = sent;
  const value = formatValue('Writer', firstSeq + i, Math.round(wallOffset + sent));
  connection.send(command('SET', lane.key, value), (reply) => {
    if (reply instanceof Error) refused = reply;
  });
  // Lets replies in: sleeping, this thread hears nothing.
  await turn();
}
await connection.call('PING').catch((error) => {
  refused ??= error;
});
connection.close();
parentPort?.postMessage({ error: refused?.message });
