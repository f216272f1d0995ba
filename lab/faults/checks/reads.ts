/**
 * Finds the cause of a read from recorded connections and writes, independent of the observer's log fields. The first
 * read of a connection and each poll are catch-up reads. A notification caused every other read.
 */
import type { History, Incident, Observation } from '../history.ts';

/** The log time of a read and the poll timer may each be off by a millisecond. Microseconds. */
const TIMER_TOLERANCE = 2_000;
/** Incidents in which a node may lose values. */
const NODE_CHANGES: readonly Incident['kind'][] = ['killed', 'stopped', 'exited', 'started'];
/** Incidents in which a node was rolled back to an older value. */
const ROLLBACKS: readonly Incident['kind'][] = ['older', 'rewritten'];

export interface Cause {
  /** `true`: catch-up read; `false`: caused by a notification; absent: the record allows both. */
  caughtUp?: boolean;
  /** Reason, for the evidence. */
  why: string;
}

/** Returns the cause of an observation. @param known the previous one since the observer started, if any. */
export function causeOf(history: History, seen: Observation, known: Observation | undefined): Cause {
  const connection = connectionOf(history, seen);
  if (known === undefined || connection === undefined) return { why: '' };
  if (known.at < connection.at) return firstOfConnection(history, seen, known, connection.at);
  const pollAfter = history.settings.RECHECK_INTERVAL_MS * 1000;
  const mayPoll =
    (pollAfter > 0 && seen.at - known.at >= pollAfter - TIMER_TOLERANCE) ||
    reachedWriteNode(history, seen, known);
  return mayPoll
    ? { why: '' }
    : { caughtUp: false, why: `${(seen.at - known.at) / 1000} ms after its last read, before any poll` };
}

/**
 * Returns a catch-up if the node had a new write before the connection, because the first read must find it. Otherwise
 * the first read may have found nothing new, and this observation is a later read.
 */
function firstOfConnection(history: History, seen: Observation, known: Observation, at: number): Cause {
  const newest = newestOn(history, seen, at);
  return newest > known.seq
    ? { caughtUp: true, why: `${seen.node} had seq ${newest} before the observer connected` }
    : { why: '' };
}

/** Returns whether a write node became reachable since the previous observation: then the observer reads the key. */
function reachedWriteNode(
  { incidents }: History,
  { observer, at }: Observation,
  known: Observation,
): boolean {
  return incidents.some(
    (one) => one.service === observer && one.kind === 'write-node' && one.at >= known.at && one.at <= at,
  );
}

function connectionOf({ incidents }: History, { observer, node, at }: Observation): Incident | undefined {
  return incidents.findLast(
    (one) => one.service === observer && one.kind === 'connected' && one.node === node && one.at <= at,
  );
}

/**
 * Returns the newest seq that a node certainly had before a time: it acknowledged the write, or an observer read it
 * there. Ignores facts before the last incident in which the node may have lost values: its own, and for a replica also
 * its primary's.
 */
function newestOn(
  { incidents, writes, observations, writeNodes }: History,
  { node, at: seenAt }: Observation,
  before: number,
) {
  const sources = writeNodes.includes(node) ? [node] : [node, ...writeNodes];
  const changes = incidents.filter(
    ({ service, kind, at }) =>
      at <= seenAt &&
      ((sources.includes(service) && NODE_CHANGES.includes(kind)) || ROLLBACKS.includes(kind)),
  );
  const since = Math.max(0, ...changes.map(({ at }) => at));
  const within = (at: number) => at > since && at < before;
  const facts = [
    ...writes.filter((write) => write.node === node && within(write.acknowledgedAt ?? 0)),
    ...observations.filter((one) => one.node === node && within(one.at)),
  ];
  return Math.max(0, ...facts.map(({ seq }) => seq));
}
