/** Writes the shared key: at once, then at the interval. */
import { type Redis, ReplyError } from 'ioredis';
import { type Clock, sleep } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import { LostNode, orLost } from '../common/lost-node.ts';
import type { Settings } from '../common/settings.ts';
import type { Value } from '../common/value.ts';
import type { History } from './history.ts';
import { type Interval, WRITE_NOW } from './interval.ts';

/** Acknowledged writes, writes that a node rejected, writes without a reply, and ticks without a write. */
export interface WriteCounts {
  writes: number;
  rejected: number;
  unknown: number;
  skipped: number;
}

/** What a write needs in addition to a connection; outlives a connection. */
export interface WriteContext {
  settings: Settings;
  history: History;
  interval: Interval;
  log: Logger;
  clock: Clock;
  counts: WriteCounts;
  /** A node acknowledged a write. */
  onAcknowledged(): void;
}

/** Timers are late by a millisecond or so, and the writer catches up. It does not catch up on the sleep of a machine. */
const MAX_CATCH_UP_MS = 1_000;

/**
 * Writes until the session is aborted, and returns once nothing is in flight. Without WAIT, a slow reply does not delay the
 * next write. With WAIT, one write is in flight until it is confirmed: WAIT blocks its connection, so writes behind it
 * would queue up, and their timestamps would grow old. The first write that fails aborts the session with its error.
 */
export async function writePaced(
  client: Redis,
  node: string,
  session: AbortController,
  context: WriteContext,
): Promise<void> {
  const { settings, interval, clock, counts } = context;
  const inFlight = new Set<Promise<void>>();
  for await (const _ of ticks(interval, session.signal, clock)) {
    if (settings.WAIT_REPLICAS > 0 && inFlight.size > 0) {
      counts.skipped += 1;
      continue;
    }
    const write = writeOnce(client, node, context)
      .catch((error) => session.abort(error))
      .finally(() => inFlight.delete(write));
    inFlight.add(write);
  }
  await Promise.all(inFlight);
}

async function writeOnce(client: Redis, node: string, context: WriteContext): Promise<void> {
  const { settings, history, log, clock, counts, onAcknowledged } = context;
  const { SERVICE_NAME: service, SHARED_KEY: key, WAIT_REPLICAS } = settings;
  const value = history.next();
  const { name: writer, seq, micros: sentMicros } = value;
  const acknowledged = client.set(key, value.text);
  const confirmed = WAIT_REPLICAS > 0 ? client.wait(WAIT_REPLICAS, waitTimeoutMs(settings)) : undefined;
  // Prevents an unhandled rejection. If WAIT fails because SET failed, the error is logged below.
  confirmed?.catch(() => {});
  try {
    await acknowledged;
  } catch (error) {
    history.fail(value);
    recordFailed(value, node, error as Error, context);
    throw new LostNode(error as Error);
  }
  const acknowledgedMicros = clock.micros();
  history.acknowledge(value);
  onAcknowledged();
  counts.writes += 1;
  const fields = { event: 'write', node, writer, seq, sentMicros, acknowledgedMicros };
  log.info(fields, `${service} set ${key}: ${value.text}`);
  if (confirmed) logConfirmed(await orLost(confirmed), value, node, context);
}

/**
 * Counts a failed write, and logs it at debug level, because a hung node may leave many writes in flight and its loss is
 * logged once. A node that replied with an error has rejected the write. Without a reply, the outcome is unknown.
 */
function recordFailed(
  { seq, text }: Value,
  node: string,
  error: Error,
  { settings: { SERVICE_NAME: service, SHARED_KEY: key }, log, counts }: WriteContext,
): void {
  const refused = error instanceof ReplyError;
  counts[refused ? 'rejected' : 'unknown'] += 1;
  log.debug(
    { event: 'write-failed', node, seq, refused, reason: error.message },
    `${service} write to ${key} ${refused ? 'was rejected' : 'has an unknown outcome'}: ${text}`,
  );
}

/** Shorter than the timeout of a node, because WAIT delays the replies to PING behind it. */
function waitTimeoutMs({ NODE_TIMEOUT_MS }: Settings): number {
  return Math.floor(NODE_TIMEOUT_MS / 2);
}

/** Warns if too few nodes confirmed. It is only a hint, because KeyDB sometimes counts fewer nodes than have the write. */
function logConfirmed(
  nodes: number,
  value: Value,
  node: string,
  { settings: { SERVICE_NAME, WAIT_REPLICAS }, counts: { skipped }, history, log }: WriteContext,
): void {
  const [word, id] = history.idOf(value);
  const fields = { event: 'confirmed', node, [word]: id, nodes, skipped };
  const message = `${SERVICE_NAME} had ${word} ${id} confirmed by ${nodes} of ${WAIT_REPLICAS} other nodes`;
  if (nodes < WAIT_REPLICAS) log.warn(fields, message);
  else log.info(fields, message);
}

/**
 * Yields at once, then one interval after the last tick, so that delays do not add up. A new interval also applies to the
 * current wait, so that an interval of an hour can be shortened at once. `writeNow` of the interval yields once more.
 */
async function* ticks(interval: Interval, signal: AbortSignal, clock: Clock): AsyncGenerator<void> {
  for (let tick = clock.now(); !signal.aborted; ) {
    yield;
    const waitMs = () => tick + interval.ms - clock.now();
    while (!signal.aborted && waitMs() > 0) {
      const { interrupted } = interval;
      await sleep(clock, waitMs(), signal, interrupted);
      // In addition to the writes at the interval, which stay on time.
      if (interrupted.reason === WRITE_NOW && !signal.aborted) yield;
    }
    const intervals = waitMs() < -MAX_CATCH_UP_MS ? Math.ceil((clock.now() - tick) / interval.ms) : 1;
    tick += intervals * interval.ms;
  }
}
