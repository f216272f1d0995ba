/** Computes the expected result of a handshake that the writer reads: a round trip, a warning, or nothing. */
import type { Fields } from './check.ts';
import { type Schedule, SERVICE_NAMES, type ServiceName } from './schedule.ts';

export class ExpectedHandshakes {
  /** The newest write that each observer has sent a handshake for. */
  readonly newest = new Map<string, number>();

  /**
   * Returns the line to log, if any, without the time of the arrival.
   * @param sentAt microseconds at which the writer sent each write, by its number.
   * @param now microseconds at the arrival of the value.
   */
  next(key: string, text: string, sentAt: ReadonlyMap<number, number>, now: number): Fields | undefined {
    const [, observer, writer, number, micros] =
      /^Handshake from (\S+) for (\w+) seq (\d+) micros (\d+) /.exec(text) ?? [];
    if (observer === undefined) return { event: 'malformed', key, reason: 'it is no handshake', value: text };
    const seq = Number(number);
    const sent = writer === 'Writer' ? sentAt.get(seq) : undefined;
    if (sent === undefined || seq <= (this.newest.get(observer) ?? 0)) return undefined;
    this.newest.set(observer, seq);
    const readMicros = Number(micros);
    return { event: 'handshake', observer, writer, seq, readMicros, roundTripSeconds: (now - sent) / 1e6 };
  }
}

/** Whether an estimate of a clock offset is within its error. If the schedule sets a clock, the true offset is not known. */
export function isWithinError(
  { observer, offsetSeconds, errorSeconds }: Fields,
  { faults, offsetsMs }: Schedule,
): boolean {
  const [writerMs] = offsetsMs;
  const observerMs = offsetsMs[SERVICE_NAMES.indexOf(observer as ServiceName)];
  if (observerMs === undefined || faults.some(({ kind }) => kind === 'clock')) return true;
  return Math.abs((offsetSeconds as number) - (observerMs - writerMs) / 1000) <= (errorSeconds as number);
}
