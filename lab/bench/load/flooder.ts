/** Writes at a given rate or as fast as the node accepts writes: pipelined, with a bounded window. Runs as a thread. */
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { nowMicros } from '../../../common/clock.ts';
import { formatValue } from '../../../common/value.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { Connection, command } from '../raw/connection.ts';
import type { Lane } from '../raw/lane.ts';

interface FlooderOptions {
  address: string;
  lane: Lane;
  /** Writes per second; 0: maximum rate. */
  ratePerSecond: number;
  /** Ends after this time in seconds or this number of writes, whichever comes first. */
  seconds: number;
  writes: number;
  firstSeq: number;
  /** Number of keys that are written in turn: `key`, `key:1`, `key:2` … */
  keys: number;
  /** Key that is set after the last write, on the same connection: a node that announces it has received all writes. */
  markKey: string;
}

export interface Flooded {
  writes: number;
  /** Time from the first write to the reply to the last. */
  seconds: number;
  /** Time of sending the last write, in microseconds of the monotonic clock. */
  lastSentMicros: number;
  error?: string;
}

/** Commands in flight: enough to keep a node busy, and too few to make its buffers grow. */
const WINDOW = 2_000;
const BATCH = 100;
/** Time between two batches at a given rate, in milliseconds. */
const TICK_MS = 1;

const { address, lane, ratePerSecond, seconds, writes, firstSeq, keys, markKey } =
  workerData as FlooderOptions;
const connection = await Connection.open(address, lane.db);
let refused: Error | undefined;
let resume = () => {};
let sent = 0;

function onReply(reply: unknown): void {
  if (reply instanceof Error) refused = reply;
  if (connection.outstanding <= WINDOW - BATCH) resume();
}

function sendBatch(size: number): void {
  const commands = Array.from({ length: size }, () => {
    const i = sent++;
    const key = i % keys === 0 ? lane.key : `${lane.key}:${i % keys}`;
    return command('SET', key, formatValue('Writer', firstSeq + i, nowMicros()));
  });
  connection.sendMany(commands, onReply);
}

const start = monotonicMicros();
const elapsed = () => (monotonicMicros() - start) / 1e6;
while (sent < writes && elapsed() < seconds && !refused) {
  const due = ratePerSecond === 0 ? sent + BATCH : Math.floor(elapsed() * ratePerSecond) + 1;
  const size = Math.min(due - sent, WINDOW - connection.outstanding, BATCH, writes - sent);
  if (size > 0) {
    sendBatch(size);
    if (ratePerSecond === 0 && connection.outstanding <= WINDOW - BATCH) continue;
  }
  if (connection.outstanding > WINDOW - BATCH) {
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  } else if (size < BATCH) await wait(TICK_MS);
}
const lastSentMicros = monotonicMicros();
await connection.call('SET', markKey, String(firstSeq + sent - 1)).catch((error) => {
  refused ??= error;
});
const flooded: Flooded = {
  writes: sent,
  seconds: elapsed(),
  lastSentMicros,
  ...(refused && { error: refused.message }),
};
connection.close();
parentPort?.postMessage(flooded);
