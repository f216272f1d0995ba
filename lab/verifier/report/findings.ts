/** The findings of a run. */
import type { KeyState, Kind } from '../read/key-state.ts';

/** One different part of a value. */
export interface Difference {
  /** Position: `byte 17`, `index 3`, `field name`, `member x`, `entry 1-1`, `length`. */
  at: string;
  /** The content, printable and shortened; `null` if there is none. */
  source: string | null;
  replica: string | null;
}

/** The first differences of one value, and the number of the others. */
export interface Differences {
  shown: Difference[];
  more: number;
}

export interface Finding {
  /** Number of the database on the source and on the replica. */
  db: { source: number; replica: number };
  key: Buffer;
  source: KeyState;
  replica: KeyState;
}

export interface ValueFinding extends Finding {
  differences: Differences;
}

export type Findings = { [K in Kind]: (K extends 'value' ? ValueFinding : Finding)[] };

/** Maximum number of differences per value: a longer list is not readable. */
const SHOWN = 5;

/** Collects differences and keeps the first few. */
export class DifferenceList implements Differences {
  readonly shown: Difference[] = [];
  more = 0;

  add(at: string, source: string | null, replica: string | null): void {
    // A cursor may return a member twice.
    if (this.shown.some((difference) => difference.at === at)) return;
    if (this.shown.length < SHOWN) this.shown.push({ at, source, replica });
    else this.more += 1;
  }

  get none(): boolean {
    return this.shown.length === 0;
  }
}
