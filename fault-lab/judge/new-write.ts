/** One fault seen by one observer: did a new write reach it in time? */
import type { FaultWindow, History, Observation, Write } from '../history.ts';
import { longestWriteInterval, recoveryLimit } from '../limits.ts';
import { apart, clock, deathsOf, nodeOf, plural, seconds, writerOf, writtenAt } from './timeline.ts';

export interface Look {
  says: 'seen' | 'late' | 'not covered' | 'unknown';
  /** For `seen`, and for `late` if it came at all. */
  tookMicros?: number;
  /** Why, in words. */
  text: string;
}

/**
 * A new write is one made after the loss became visible. The limit's time starts when it became visible; for a service that the
 * lab had killed, observer or writer, when that is started again. Whatever else keeps the writer from writing is its
 * own failure, and breaks the promise for all. Not covered is
 *  - a fault that leaves no node to reach;
 *  - an observer that stood apart: nothing replicated from the writer's node to its own, and its own node answered, so
 *    there was no loss to see;
 *  - a service that was not started again, and a next fault within the limit.
 */
export function lookAt(history: History, window: FaultWindow, observer: string): Look {
  if (window.reachableNodes.length === 0) return { says: 'not covered', text: 'no node to reach' };
  const services = [observer, writerOf(history)];
  const limit = recoveryLimit(history);
  // Links are cut one after the other: what still came through between the parts proves nothing.
  const reaching = (write: Write) => reaches(history, write, observer);
  // Each round waits for a service to be started again, so there are no more rounds than deaths.
  for (let from = window.visibleAt; ; ) {
    const until = from + limit;
    const seen = firstNew(history, observer, window.visibleAt, from, reaching);
    if (seen && seen.at <= until)
      return { says: 'seen', tookMicros: seen.at - from, text: `seq ${seen.seq} on ${seen.node}` };
    const death = services
      .flatMap((service) => deathsOf(history, service).map((death) => ({ ...death, service })))
      .find(({ kind, at, until: end }) => kind === 'killed' && at <= until && end > from);
    if (!death) return missed(history, window, observer, from, seen);
    if (!Number.isFinite(death.until))
      return { says: 'not covered', text: `${death.service} was not started again` };
    from = death.until;
  }
}

/** The first observation since `from` of a write made since `newSince`, by the log's order. */
export function firstNew(
  { writes, observations }: History,
  observer: string,
  newSince: number,
  from = newSince,
  counts: (write: Write) => boolean = () => true,
): Observation | undefined {
  const fresh = new Map<number, Write>();
  for (const write of writes) if (writtenAt(write) >= newSince) fresh.set(write.seq, write);
  return observations.find((seen) => {
    const write = seen.observer === observer && seen.at >= from ? fresh.get(seen.seq) : undefined;
    return write !== undefined && counts(write);
  });
}

function missed(
  history: History,
  window: FaultWindow,
  observer: string,
  from: number,
  late: Observation | undefined,
): Look {
  const until = from + recoveryLimit(history);
  const { windows, writes } = history;
  if (windows.some(({ injectedAt }) => injectedAt > from && injectedAt < until))
    return { says: 'not covered', text: `the next fault came within ${limitText(history)}` };
  const what = `${clock(history, window.injectedAt)} ${window.fault}, ${observer}`;
  if (until > history.endedAt)
    return {
      says: 'unknown',
      text: `${what}: the record ends within ${limitText(history)} of ${clock(history, from)}`,
    };
  const made = writes.filter((write) => {
    const at = writtenAt(write);
    return write.outcome === 'acknowledged' && at >= from && at <= until;
  });
  if (made.length === 0) return noWrite(history, what, from);
  const reaching = made.filter((write) => reaches(history, write, observer));
  if (reaching.length === 0) return { says: 'not covered', text: 'apart from the writer' };
  return {
    says: 'late',
    ...(late && { tookMicros: late.at - from }),
    text: `${what}: ${plural(reaching.length, 'write')} from seq ${reaching[0]?.seq} on (${reaching[0]?.node}) within ${limitText(history)} of ${clock(history, from)}, none observed; ${
      late ? `the first was seq ${late.seq} on ${late.node} after ${seconds(late.at - from)} s` : 'nor later'
    }`,
  };
}

/** A writer that is slow by its setting cannot be blamed. */
function noWrite(history: History, what: string, from: number): Look {
  if (longestWriteInterval(history) > recoveryLimit(history) / 2)
    return { says: 'unknown', text: `${what}: writes are too seldom to tell` };
  return {
    says: 'late',
    text: `${what}: no write was acknowledged within ${limitText(history)} of ${clock(history, from)}, though the writer was not killed`,
  };
}

/** `2 s` with the default settings. */
function limitText(history: History): string {
  return `${recoveryLimit(history) / 1e6} s`;
}

function reaches(history: History, write: Write, observer: string): boolean {
  const at = writtenAt(write);
  const node = nodeOf(history, observer, at);
  return node === undefined || !apart(history.windows, write.node, node, at);
}
