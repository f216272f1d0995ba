/** One observer's way through the writes: each observation must begin where the one before it ended. */
import type { History, Observation, Write } from '../history.ts';
import { type Led, whatLedTo } from './reads.ts';
import {
  clock,
  type Death,
  deathsOf,
  killedForGood,
  suddenDeathsOf,
  writerOf,
  writtenAt,
} from './timeline.ts';

/** Log lines tell milliseconds. */
const LOG_RESOLUTION = 1_000;

/** Writes by what became of them for one observer. */
export interface Counts {
  /** Read because of a notification. */
  observed: number;
  /** Read unasked, on connecting or by a recheck. */
  caughtUp: number;
  /** Replaced before they were read. */
  conflated: number;
  /** Replaced before a catch-up found them. */
  missed: number;
  /** From its last observation before it was killed to its first one afterwards. */
  betweenLives: number;
  /** Before its first observation. */
  before: number;
  /** Acknowledged, then on no node any more. */
  lost: number;
}

export interface Account {
  observer: string;
  counts: Counts;
  restarts: number;
  /** The newest write that it observed. */
  last: Write | undefined;
  /** Whether it lived at the end. */
  alive: boolean;
  /** What does not add up. */
  wrong: string[];
  /** What cannot be told, because the record is not whole. */
  unknown: string[];
}

/** Walks an observer's observations in the order of its log. What comes after the last one is not told here. */
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
  /** More than one where a restarted writer gave a number again. */
  readonly #bySeq = new Map<number, Write[]>();
  readonly #deaths: readonly Death[];
  readonly #writerDeaths: readonly Death[];
  #before: Observation | undefined;
  /** The highest number that is accounted for. */
  #frontier: number;

  constructor(history: History, observer: string) {
    this.#history = history;
    this.#writes = history.writes;
    for (const write of history.writes) {
      this.#bySeq.set(write.seq, [...(this.#bySeq.get(write.seq) ?? []), write]);
    }
    this.#frontier = (this.#writes[0]?.seq ?? 1) - 1;
    this.#deaths = deathsOf(history, observer);
    this.#writerDeaths = suddenDeathsOf(history, writerOf(history));
    this.account = {
      observer,
      counts: { observed: 0, caughtUp: 0, conflated: 0, missed: 0, betweenLives: 0, before: 0, lost: 0 },
      restarts: this.#deaths.filter(({ until }) => Number.isFinite(until)).length,
      last: undefined,
      alive: !killedForGood(history, observer),
      wrong: [],
      unknown: [],
    };
  }

  step(seen: Observation): void {
    const before = this.#before;
    this.#before = seen;
    const write = this.#writeOf(seen);
    if (!write && seen.seq < (this.#writes[0]?.seq ?? 0) && !before) return;
    if (!write && !this.#untold(seen.seq)) this.#complain(seen, 'which no writer tried');
    if (write?.outcome === 'refused') this.#complain(seen, `which ${write.node} had refused`);

    const restarted = this.#deaths.some(({ until }) => before && until > before.at && until <= seen.at);
    const known = restarted ? undefined : before;
    if (known && seen.seq <= known.seq && !this.#renumbered(known, seen)) {
      this.#complain(seen, `after seq ${known.seq}: it went back`);
      return;
    }
    const led = whatLedTo(this.#history, seen, known);
    const caughtUp = led.caughtUp ?? seen.missed !== undefined;
    this.#checkCount(seen, known, led, caughtUp);
    this.#count(seen, known, before, caughtUp);
    if (write) this.account.last = write;
  }

  /** A handshake is for a write that was observed. */
  checkHandshakes(observed: ReadonlySet<number>): void {
    const { observer, wrong } = this.account;
    for (const { at, seq, observer: by } of this.#history.handshakes) {
      if (by === observer && !observed.has(seq))
        wrong.push(
          `${clock(this.#history, at)} ${observer} shook hands for seq ${seq}, which it had not observed`,
        );
    }
  }

  /**
   * The observer must report the gap that the record shows, and as what the record shows: missed if it caught up, else
   * conflated. The first observation of a life has no gap.
   */
  #checkCount(seen: Observation, known: Observation | undefined, { why }: Led, caughtUp: boolean): void {
    const since = known ? seen.seq - known.seq : undefined;
    const expected = {
      conflated: caughtUp || since === undefined ? 0 : Math.max(since - 1, 0),
      missed: since === undefined ? 0 : Math.max(since, 1),
    };
    if (caughtUp !== (seen.missed !== undefined)) {
      const [reported, actual] = caughtUp
        ? [`${seen.conflated} conflated`, `${expected.missed} missed`]
        : [`${seen.missed} missed`, `${expected.conflated} conflated`];
      this.#complain(seen, `${after(known)} with ${reported}, where it is ${actual}: ${why}`);
      return;
    }
    if (seen.conflated !== expected.conflated)
      this.#complain(
        seen,
        `${after(known)} with ${seen.conflated} conflated, where ${expected.conflated} lie between`,
      );
    if (caughtUp && seen.missed !== expected.missed)
      this.#complain(seen, `${after(known)} with ${seen.missed} missed, where it is ${expected.missed}`);
  }

  #count(
    seen: Observation,
    known: Observation | undefined,
    before: Observation | undefined,
    caughtUp: boolean,
  ): void {
    const { counts } = this.account;
    if (known && seen.seq <= known.seq) this.#frontier = seen.seq - 1;
    // Beyond the frontier only: after its restart an observer may see again what it saw before.
    if (seen.seq <= this.#frontier) return;
    counts[caughtUp ? 'caughtUp' : 'observed'] += 1;
    const gap = known ? (caughtUp ? 'missed' : 'conflated') : before ? 'betweenLives' : 'before';
    counts[gap] += seen.seq - this.#frontier - 1;
    this.#frontier = seen.seq;
  }

  /** The last write of that number made by then; if clocks disagree, the first of that number. */
  #writeOf({ seq, at }: Observation): Write | undefined {
    const own = this.#bySeq.get(seq) ?? [];
    return own.findLast((write) => writtenAt(write) <= at + LOG_RESOLUTION) ?? own[0];
  }

  /** Whether a writer died there: it cannot tell of the write that it was sending. */
  #untold(seq: number): boolean {
    const before = this.#writes.findLast((write) => write.seq < seq);
    const after = this.#writes.find((write) => write.seq > seq);
    return this.#writerDied(before ? writtenAt(before) : 0, after ? writtenAt(after) : this.#history.endedAt);
  }

  /** A writer that finds none of its newest values on any node gives their numbers again. */
  #renumbered(known: Observation, seen: Observation): boolean {
    const [from, to] = [this.#writeOf(known), this.#writeOf(seen)];
    return from !== undefined && to !== undefined && this.#writerDied(writtenAt(from), writtenAt(to));
  }

  #writerDied(from: number, to: number): boolean {
    return this.#writerDeaths.some(({ at }) => at >= from && at <= to);
  }

  #complain({ at, seq }: Observation, what: string): void {
    this.account.wrong.push(
      `${clock(this.#history, at)} ${this.account.observer} observed seq ${seq} ${what}`,
    );
  }
}

function after(known: Observation | undefined): string {
  return known ? `after seq ${known.seq}` : 'first';
}
