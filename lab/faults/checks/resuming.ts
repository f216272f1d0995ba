/** Checks whether an observer reads new writes after the last heal, and measures its longest gap. */
import type { History } from '../history.ts';
import { recoveryLimit } from '../limits.ts';
import { firstNew } from './new-write.ts';
import { clock, downTimesOf, neverRestarted, plural, writtenAt } from './timeline.ts';

export interface Resumed {
  verdict: 'resumed' | 'silent' | 'not applicable' | 'unknown';
  /** Time from the last heal to the first observation of a later write. */
  tookMicros?: number;
  text: string;
}

/** Checks for a new observation until the record ends. There is no limit, because links may take seconds to recover. */
export function resumed(history: History, observer: string): Resumed {
  const healed = Math.max(...history.windows.map(({ healedAt }) => healedAt));
  const seen = firstNew(history, observer, healed);
  if (seen)
    return { verdict: 'resumed', tookMicros: seen.at - healed, text: `seq ${seen.seq} on ${seen.node}` };
  if (neverRestarted(history, observer))
    return { verdict: 'not applicable', text: `${observer} was not restarted` };
  const made = history.writes.filter(
    (write) =>
      write.outcome === 'acknowledged' &&
      writtenAt(write) >= healed &&
      writtenAt(write) <= history.endedAt - recoveryLimit(history),
  );
  const when = `the last heal at ${clock(history, healed)}`;
  if (made.length === 0) return { verdict: 'unknown', text: `${observer}: too few writes after ${when}` };
  return {
    verdict: 'silent',
    text: `${observer} observed none of ${plural(made.length, 'write')} after ${when}, from seq ${made[0]?.seq} on`,
  };
}

/**
 * Returns the longest time, in microseconds, from the first write after an observation to the next observation without
 * a crash in between. Returns `undefined` if there is none.
 */
export function longestGap(history: History, observer: string): number | undefined {
  const written = history.writes.map(writtenAt).sort((a, b) => a - b);
  const seen = history.observations.filter((observation) => observation.observer === observer);
  const times = seen.map(({ at }) => at).sort((a, b) => a - b);
  const downTimes = downTimesOf(history, observer);
  let longest: number | undefined;
  let next = 0;
  for (const [i, at] of times.slice(1).entries()) {
    const from = times[i] ?? at;
    while (next < written.length && (written[next] ?? 0) <= from) next += 1;
    const waiting = written[next];
    if (waiting === undefined || downTimes.some((down) => down.at >= from && down.at <= at)) continue;
    longest = Math.max(longest ?? 0, at - waiting);
  }
  return longest;
}
