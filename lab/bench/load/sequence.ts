/** Assigns sequence numbers to the keys that this process writes. They continue from task to task. */
import type { Lane } from '../raw/lane.ts';

const used = new Map<string, number>();

/** Returns the first of `count` new numbers for a lane's key. */
export function takeSeq({ db, key }: Lane, count: number): number {
  const name = `${db} ${key}`;
  const first = (used.get(name) ?? 0) + 1;
  used.set(name, first + count - 1);
  return first;
}
