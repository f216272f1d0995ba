/** What a run finds. */
import type { KeyState, Kind } from '../read/key-state.ts';

/** One part of a value that is not the same. */
export interface Difference {
  /** Where: `byte 17`, `index 3`, `field name`, `member x`, `entry 1-1`, `length`. */
  at: string;
  /** What is there, printable and cut; `null` if nothing is. */
  source: string | null;
  replica: string | null;
}

/** Some of the differences of one value, and how many more there are. */
export interface Differences {
  shown: Difference[];
  more: number;
}

export interface Finding {
  /** The database's number on the source and on the replica. */
  db: { source: number; replica: number };
  key: Buffer;
  source: KeyState;
  replica: KeyState;
}

export interface ValueFinding extends Finding {
  differences: Differences;
}

export type Findings = { [K in Kind]: (K extends 'value' ? ValueFinding : Finding)[] };

/** More would not be read. */
const SHOWN = 5;

/** Collects differences, keeping the first few. */
export class DifferenceList implements Differences {
  readonly shown: Difference[] = [];
  more = 0;

  add(at: string, source: string | null, replica: string | null): void {
    // A cursor may show a member twice.
    if (this.shown.some((difference) => difference.at === at)) return;
    if (this.shown.length < SHOWN) this.shown.push({ at, source, replica });
    else this.more += 1;
  }

  get none(): boolean {
    return this.shown.length === 0;
  }
}
