/** Checks for one fault and one observer whether a new write was read in time. */
import type { FaultWindow, History, Observation, Write } from '../history.ts';
import { longestWriteInterval, recoveryLimit } from '../limits.ts';
import { clock, downTimesOf, isolated, nodeOf, plural, seconds, writerOf, writtenAt } from './timeline.ts';

export interface Result {
  verdict: 'seen' | 'late' | 'not applicable' | 'unknown';
  /** Time until the observation; absent if there is none. */
  tookMicros?: number;
  /** Reason for the result. */
  text: string;
}

/**
 * Checks whether the observer reads a write that is newer than the visible loss. The time starts at the visible loss, or
 * when the lab restarts the observer or the writer. If the writer stops for another reason, the guarantee is broken for
 * all observers. Not applicable:
 *  - a fault that leaves no reachable node that accepts writes;
 *  - an isolated observer: its node answers, but nothing replicates from the writer's node to it;
 *  - a service that is not restarted, or a next fault within the limit.
 */
export function checkNewWrite(history: History, window: FaultWindow, observer: string): Result {
  if (window.reachableNodes.length === 0) return { verdict: 'not applicable', text: 'no reachable node' };
  if (!window.reachableNodes.some((node) => history.writeNodes.includes(node)))
    return { verdict: 'not applicable', text: 'no reachable node accepts writes (no replica is promoted)' };
  const services = [observer, writerOf(history)];
  const limit = recoveryLimit(history);
  // Links are cut one after another. Ignore writes that crossed before the partition was complete.
  const reaching = (write: Write) => reaches(history, write, observer);
  // Terminates: each round waits for one restart, so there are at most as many rounds as crashes.
  for (let from = window.visibleAt; ; ) {
    const until = from + limit;
    const seen = firstNew(history, observer, window.visibleAt, from, reaching);
    if (seen && seen.at <= until)
      return { verdict: 'seen', tookMicros: seen.at - from, text: `seq ${seen.seq} on ${seen.node}` };
    const down = services
      .flatMap((service) => downTimesOf(history, service).map((down) => ({ ...down, service })))
      .find(({ kind, at, until: end }) => kind === 'killed' && at <= until && end > from);
    if (!down) return missed(history, window, observer, from, seen);
    if (!Number.isFinite(down.until))
      return { verdict: 'not applicable', text: `${down.service} was not restarted` };
    from = down.until;
  }
}

/** Returns the first observation, in log order, since `from` of a write made since `newSince`. */
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
): Result {
  const until = from + recoveryLimit(history);
  const { windows, writes } = history;
  if (windows.some(({ injectedAt }) => injectedAt > from && injectedAt < until))
    return { verdict: 'not applicable', text: `the next fault started within ${limitText(history)}` };
  const what = `${clock(history, window.injectedAt)} ${window.fault}, ${observer}`;
  if (until > history.endedAt)
    return {
      verdict: 'unknown',
      text: `${what}: the record ends within ${limitText(history)} of ${clock(history, from)}`,
    };
  const made = writes.filter((write) => {
    const at = writtenAt(write);
    return write.outcome === 'acknowledged' && at >= from && at <= until;
  });
  if (made.length === 0) return noWrite(history, what, from);
  const reaching = made.filter((write) => reaches(history, write, observer));
  if (reaching.length === 0) return { verdict: 'not applicable', text: 'isolated from the writer' };
  return {
    verdict: 'late',
    ...(late && { tookMicros: late.at - from }),
    text: `${what}: ${plural(reaching.length, 'write')} from seq ${reaching[0]?.seq} on (${reaching[0]?.node}) within ${limitText(history)} of ${clock(history, from)}, none observed in time${
      late
        ? `; the first was seq ${late.seq} on ${late.node} after ${seconds(late.at - from)} s`
        : ' or later'
    }`,
  };
}

/** Returns `unknown` if the writer's interval is too long for the limit, else `late`. */
function noWrite(history: History, what: string, from: number): Result {
  if (longestWriteInterval(history) > recoveryLimit(history) / 2)
    return { verdict: 'unknown', text: `${what}: the writer writes too rarely for this check` };
  return {
    verdict: 'late',
    text: `${what}: no write was acknowledged within ${limitText(history)} of ${clock(history, from)}, although the writer was not killed`,
  };
}

/** Returns the recovery limit, `2 s` with the default settings. */
function limitText(history: History): string {
  return `${recoveryLimit(history) / 1e6} s`;
}

function reaches(history: History, write: Write, observer: string): boolean {
  const at = writtenAt(write);
  const node = nodeOf(history, observer, at);
  return node === undefined || !isolated(history.windows, write.node, node, at);
}
