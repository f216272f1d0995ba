/** Checks one observer's observations: the count in each must match the sequence numbers since the previous one. */
import type { History, Observation, Write } from '../history.ts';
import { type Cause, causeOf } from './reads.ts';
import {
  clock,
  crashesOf,
  type DownTime,
  downTimesOf,
  neverRestarted,
  writerOf,
  writtenAt,
} from './timeline.ts';

/** Resolution of log times, in microseconds. */
const LOG_RESOLUTION = 1_000;

/** Numbers of writes, by their outcome for one observer. */
export interface Counts {
  /** Read after a notification. */
  observed: number;
  /** Found by the first read of a connection or by a poll. */
  caughtUp: number;
  /** Never read, because a newer write had replaced them. */
  conflated: number;
  /** Replaced without a received notification, before a catch-up read found a newer write. */
  missed: number;
  /** Between the last observation before a crash and the first one after the restart. */
  whileDown: number;
  /** Before the first observation. */
  before: number;
  /** Acknowledged, but on no node at the end. */
  lost: number;
}

export interface Account {
  observer: string;
  counts: Counts;
  restarts: number;
  /** Newest observed write. */
  last: Write | undefined;
  /** Whether the observer was running at the end. */
  running: boolean;
  /** Contradictions in the record. */
  wrong: string[];
  /** Questions that the record cannot answer, because it is incomplete. */
  unknown: string[];
}

/** Checks an observer's observations in log order. Does not count the writes after the last one. */
export function walk(history: History, observer: string): Account {
  const walker = new Walker(history, observer);
  const own = history.observations.filter((seen) => seen.observer === observer);
  for (const seen of own) walker.step(seen);
  walker.checkHandshakes(new Set(own.map(({ seq }) => seq)));
  return walker.account;
}

class Walker {
  readonly account: Account;
  readonly #history: History;
  readonly #writes: readonly Write[];
  /** Several writes share a number if a restarted writer reused it. */
  readonly #bySeq = new Map<number, Write[]>();
  readonly #downTimes: readonly DownTime[];
  readonly #writerCrashes: readonly DownTime[];
  #before: Observation | undefined;
  /** Highest seq that is accounted for. */
  #frontier: number;

  constructor(history: History, observer: string) {
    this.#history = history;
    this.#writes = history.writes;
    for (const write of history.writes) {
      this.#bySeq.set(write.seq, [...(this.#bySeq.get(write.seq) ?? []), write]);
    }
    this.#frontier = (this.#writes[0]?.seq ?? 1) - 1;
    this.#downTimes = downTimesOf(history, observer);
    this.#writerCrashes = crashesOf(history, writerOf(history));
    this.account = {
      observer,
      counts: { observed: 0, caughtUp: 0, conflated: 0, missed: 0, whileDown: 0, before: 0, lost: 0 },
      restarts: this.#downTimes.filter(({ until }) => Number.isFinite(until)).length,
      last: undefined,
      running: !neverRestarted(history, observer),
      wrong: [],
      unknown: [],
    };
  }

  step(seen: Observation): void {
    const before = this.#before;
    this.#before = seen;
    const write = this.#writeOf(seen);
    if (!write && seen.seq < (this.#writes[0]?.seq ?? 0) && !before) return;
    if (!write && !this.#lostLogLine(seen.seq)) this.#wrong(seen, 'which no writer sent');
    if (write?.outcome === 'rejected') this.#wrong(seen, `which ${write.node} rejected`);

    const restarted = this.#downTimes.some(({ until }) => before && until > before.at && until <= seen.at);
    const known = restarted ? undefined : before;
    if (known && seen.seq <= known.seq && !this.#renumbered(known, seen)) {
      this.#wrong(seen, `after seq ${known.seq}: not a newer write`);
      return;
    }
    const cause = causeOf(this.#history, seen, known);
    const caughtUp = cause.caughtUp ?? seen.missed !== undefined;
    this.#checkCount(seen, known, cause, caughtUp);
    this.#count(seen, known, before, caughtUp);
    if (write) this.account.last = write;
  }

  /** Checks that each handshake belongs to an observed write. */
  checkHandshakes(observed: ReadonlySet<number>): void {
    const { observer, wrong } = this.account;
    for (const { at, seq, observer: by } of this.#history.handshakes) {
      if (by === observer && !observed.has(seq))
        wrong.push(
          `${clock(this.#history, at)} ${observer} sent a handshake for seq ${seq}, which it had not observed`,
        );
    }
  }

  /**
   * Checks that the observer reports the gap that the record shows: as missed for a catch-up read, else as conflated.
   * The first observation after a start has no gap.
   */
  #checkCount(seen: Observation, known: Observation | undefined, { why }: Cause, caughtUp: boolean): void {
    const since = known ? seen.seq - known.seq : undefined;
    const expected = {
      conflated: caughtUp || since === undefined ? 0 : Math.max(since - 1, 0),
      missed: since === undefined ? 0 : Math.max(since, 1),
    };
    if (caughtUp !== (seen.missed !== undefined)) {
      const [reported, actual] = caughtUp
        ? [`${seen.conflated} conflated`, `${expected.missed} missed`]
        : [`${seen.missed} missed`, `${expected.conflated} conflated`];
      this.#wrong(seen, `${after(known)} with ${reported} instead of ${actual}: ${why}`);
      return;
    }
    if (seen.conflated !== expected.conflated)
      this.#wrong(seen, `${after(known)} with ${seen.conflated} conflated instead of ${expected.conflated}`);
    if (caughtUp && seen.missed !== expected.missed)
      this.#wrong(seen, `${after(known)} with ${seen.missed} missed instead of ${expected.missed}`);
  }

  #count(
    seen: Observation,
    known: Observation | undefined,
    before: Observation | undefined,
    caughtUp: boolean,
  ): void {
    const { counts } = this.account;
    if (known && seen.seq <= known.seq) this.#frontier = seen.seq - 1;
    // Count only writes beyond the frontier: after a restart, an observer may read an old write again.
    if (seen.seq <= this.#frontier) return;
    counts[caughtUp ? 'caughtUp' : 'observed'] += 1;
    const gap = known ? (caughtUp ? 'missed' : 'conflated') : before ? 'whileDown' : 'before';
    counts[gap] += seen.seq - this.#frontier - 1;
    this.#frontier = seen.seq;
  }

  /** Returns the last write with this seq before the observation; if clocks disagree, the first with this seq. */
  #writeOf({ seq, at }: Observation): Write | undefined {
    const own = this.#bySeq.get(seq) ?? [];
    return own.findLast((write) => writtenAt(write) <= at + LOG_RESOLUTION) ?? own[0];
  }

  /** Returns whether the writer crashed at this seq: it cannot log the write that was in flight. */
  #lostLogLine(seq: number): boolean {
    const before = this.#writes.findLast((write) => write.seq < seq);
    const after = this.#writes.find((write) => write.seq > seq);
    return this.#writerCrashed(
      before ? writtenAt(before) : 0,
      after ? writtenAt(after) : this.#history.endedAt,
    );
  }

  /** Returns whether the writer crashed in between: it reuses numbers if no node has its newest values. */
  #renumbered(known: Observation, seen: Observation): boolean {
    const [from, to] = [this.#writeOf(known), this.#writeOf(seen)];
    return from !== undefined && to !== undefined && this.#writerCrashed(writtenAt(from), writtenAt(to));
  }

  #writerCrashed(from: number, to: number): boolean {
    return this.#writerCrashes.some(({ at }) => at >= from && at <= to);
  }

  #wrong({ at, seq }: Observation, what: string): void {
    this.account.wrong.push(
      `${clock(this.#history, at)} ${this.account.observer} observed seq ${seq} ${what}`,
    );
  }
}

function after(known: Observation | undefined): string {
  return known ? `after seq ${known.seq}` : 'as its first write';
}
