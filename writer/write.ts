/** Writes the shared key: at once, then at the interval, counted from the first write so that delays do not add up. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Redis, ReplyError } from 'ioredis';
import type { Logger } from '../common/logger.ts';
import type { Settings } from '../common/settings.ts';
import type { Value } from '../common/value.ts';
import type { History } from './history.ts';

/** What a write needs besides a connection; lasts longer than a connection. */
export interface WriteContext {
  settings: Settings;
  history: History;
  log: Logger;
  counts: { writes: number; failed: number };
  /** A node has taken a write. */
  onTaken(): void;
}

/** Timers are late by a millisecond or so, and that is caught up. What a suspended machine overslept is not. */
const MAX_CATCH_UP_MS = 1_000;

/**
 * Writes until the session is aborted, and returns once nothing is in flight. A slow reply does not hold up the next
 * write; the first write that fails (it may or may not have been taken) aborts the session with its error.
 */
export async function writePaced(
  client: Redis,
  node: string,
  session: AbortController,
  context: WriteContext,
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  for await (const _ of ticks(context.settings.WRITE_INTERVAL_MS, session.signal)) {
    const write = writeOnce(client, node, context)
      .catch((error) => session.abort(error))
      .finally(() => inFlight.delete(write));
    inFlight.add(write);
  }
  await Promise.all(inFlight);
}

async function writeOnce(
  client: Redis,
  node: string,
  { settings, history, log, counts, onTaken }: WriteContext,
): Promise<void> {
  const { SERVICE_NAME: service, SHARED_KEY: key, WAIT_REPLICAS } = settings;
  const value = history.next();
  const { seq } = value;
  try {
    const taken = client.set(key, value.text);
    const confirmed = WAIT_REPLICAS > 0 ? client.wait(WAIT_REPLICAS, waitTimeoutMs(settings)) : undefined;
    // Its failure is that of the SET before it, which is told of below.
    confirmed?.catch(() => {});
    await taken;
    history.acknowledge(value);
    onTaken();
    counts.writes += 1;
    log.info({ event: 'write', node, seq }, `${service} set ${key}: ${value.text}`);
    if (confirmed) logConfirmed(await confirmed, value, settings, log);
  } catch (error) {
    counts.failed += 1;
    logFailed(value, node, error as Error, settings, log);
    throw error;
  }
}

/**
 * At debug level, for a hung node may leave many writes in flight, and its loss is told of once. A node that answered
 * with an error has not taken the write; one that said nothing may have.
 */
function logFailed(
  { seq, text }: Value,
  node: string,
  error: Error,
  { SERVICE_NAME: service, SHARED_KEY: key }: Settings,
  log: Logger,
): void {
  const refused = error instanceof ReplyError;
  log.debug(
    { event: 'write-failed', node, seq, refused, reason: error.message },
    `${service} ${refused ? 'was refused' : 'does not know the fate of'} ${key}: ${text}`,
  );
}

/** Shorter than the time after which a silent node counts as lost, for WAIT keeps its connection silent. */
function waitTimeoutMs({ NODE_TIMEOUT_MS }: Settings): number {
  return Math.floor(NODE_TIMEOUT_MS / 2);
}

/** KeyDB at times counts fewer nodes than have the write, so too few is worth a warning and no more. */
function logConfirmed(
  nodes: number,
  { seq }: Value,
  { SERVICE_NAME, WAIT_REPLICAS }: Settings,
  log: Logger,
): void {
  const fields = { event: 'confirmed', seq, nodes };
  const message = `${SERVICE_NAME} had seq ${seq} confirmed by ${nodes} of ${WAIT_REPLICAS} other nodes`;
  if (nodes < WAIT_REPLICAS) log.warn(fields, message);
  else log.info(fields, message);
}

/** One tick at once, then one at every multiple of the interval (milliseconds) since then. */
async function* ticks(intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
  const start = performance.now();
  for (let tick = 0; !signal.aborted; tick += 1) {
    const waitMs = start + tick * intervalMs - performance.now();
    if (waitMs < -MAX_CATCH_UP_MS) tick = Math.ceil((performance.now() - start) / intervalMs);
    else if (waitMs > 0) await wait(waitMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) yield;
  }
}
