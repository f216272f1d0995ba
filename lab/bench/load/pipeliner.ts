/** Writes at a given rate or as fast as the node accepts writes: pipelined, with a bounded window. Runs as a thread. */
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { nowMicros } from '../../../common/clock.ts';
import { formatValue } from '../../../common/value.ts';
import { encode, type Reply, ReplyError } from '../../../toolkit/node/resp.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { connect } from '../raw/connect.ts';
import type { Lane } from '../raw/lane.ts';

interface PipelinerOptions {
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

export interface Sent {
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
  workerData as PipelinerOptions;
const connection = await connect(address, lane.db);
let rejected: { message: string } | undefined;
let resume = () => {};
let sent = 0;
let inFlight = 0;

function onReply(reply: Reply | Error): void {
  inFlight -= 1;
  if (reply instanceof ReplyError || reply instanceof Error) rejected = reply;
  if (rejected || inFlight <= WINDOW - BATCH) resume();
}

function sendBatch(size: number): void {
  const commands = Array.from({ length: size }, () => {
    const i = sent++;
    const key = i % keys === 0 ? lane.key : `${lane.key}:${i % keys}`;
    return ['SET', key, formatValue('Writer', firstSeq + i, nowMicros())];
  });
  inFlight += size;
  connection.send(encode(commands), size, onReply);
}

const start = monotonicMicros();
const elapsed = () => (monotonicMicros() - start) / 1e6;
while (sent < writes && elapsed() < seconds && !rejected) {
  const due = ratePerSecond === 0 ? sent + BATCH : Math.floor(elapsed() * ratePerSecond) + 1;
  const size = Math.min(due - sent, WINDOW - inFlight, BATCH, writes - sent);
  if (size > 0) {
    sendBatch(size);
    if (ratePerSecond === 0 && inFlight <= WINDOW - BATCH) continue;
  }
  if (inFlight > WINDOW - BATCH) {
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  } else if (size < BATCH) await wait(TICK_MS);
}
const lastSentMicros = monotonicMicros();
await connection.call(['SET', markKey, String(firstSeq + sent - 1)]).catch((error) => {
  rejected ??= error;
});
const result: Sent = {
  writes: sent,
  seconds: elapsed(),
  lastSentMicros,
  ...(rejected && { error: rejected.message }),
};
connection.close();
parentPort?.postMessage(result);
