/**
 * What led an observer to a read, by the record of connections and writes instead of the observer's own log fields: the
 * first read after a connection is a catch-up, and so is a poll; a notification led to every other read.
 */
import type { History, Incident, Observation } from '../history.ts';

/** The line about a read and the timer that led to it may each be off by a millisecond. */
const TIMER_TOLERANCE = 2_000;
/** A node may have lost values that it had before one of these. */
const NODE_CHANGES: readonly Incident['kind'][] = ['killed', 'stopped', 'exited', 'started'];
/** Some node had gone back to an older value. */
const ROLLBACKS: readonly Incident['kind'][] = ['older', 'rewritten'];

export interface Led {
  /** `true`: the read was a catch-up; `false`: a notification led to it; absent: the record allows both. */
  caughtUp?: boolean;
  /** Why, for the evidence. */
  why: string;
}

/** Returns what led to an observation. @param known the one before it in the same life of the observer, if any. */
export function whatLedTo(history: History, seen: Observation, known: Observation | undefined): Led {
  const connection = connectionOf(history, seen);
  if (known === undefined || connection === undefined) return { why: '' };
  if (known.at < connection.at) return firstOfConnection(history, seen, known, connection.at);
  const pollAfter = history.settings.RECHECK_INTERVAL_MS * 1000;
  const mayPoll = pollAfter > 0 && seen.at - known.at >= pollAfter - TIMER_TOLERANCE;
  return mayPoll
    ? { why: '' }
    : { caughtUp: false, why: `${(seen.at - known.at) / 1000} ms after its last read, before any poll` };
}

/**
 * The first read must find a write that the node had before the connection. If the record does not show one, the first
 * read may have found nothing new, and this observation is a later one.
 */
function firstOfConnection(history: History, seen: Observation, known: Observation, at: number): Led {
  const newest = newestOn(history, seen, at);
  return newest > known.seq
    ? { caughtUp: true, why: `${seen.node} had seq ${newest} before the observer connected` }
    : { why: '' };
}

function connectionOf({ incidents }: History, { observer, node, at }: Observation): Incident | undefined {
  return incidents.findLast(
    (one) => one.service === observer && one.kind === 'connected' && one.node === node && one.at <= at,
  );
}

/**
 * The newest write that a node certainly had before a time: it acknowledged the write, or an observer read it there. Only
 * facts since the last incident in which the node may have lost a value count.
 */
function newestOn(
  { incidents, writes, observations }: History,
  { node, at: seenAt }: Observation,
  before: number,
) {
  const changes = incidents.filter(
    ({ service, kind, at }) =>
      at <= seenAt && ((service === node && NODE_CHANGES.includes(kind)) || ROLLBACKS.includes(kind)),
  );
  const since = Math.max(0, ...changes.map(({ at }) => at));
  const within = (at: number) => at > since && at < before;
  const facts = [
    ...writes.filter((write) => write.node === node && within(write.acknowledgedAt ?? 0)),
    ...observations.filter((one) => one.node === node && within(one.at)),
  ];
  return Math.max(0, ...facts.map(({ seq }) => seq));
}
