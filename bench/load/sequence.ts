/** The sequence numbers of each key that this process writes; they go on from one task to the next. */
import type { Lane } from '../raw/lane.ts';

const used = new Map<string, number>();

/** The first of `count` new numbers for a lane's key. */
export function takeSeq({ db, key }: Lane, count: number): number {
  const name = `${db} ${key}`;
  const first = (used.get(name) ?? 0) + 1;
  used.set(name, first + count - 1);
  return first;
}
