/** Checks that the record of writes is complete: the writer numbers them without gaps. */
import type { History } from '../history.ts';
import { crashesOf, writerOf, writtenAt } from './timeline.ts';

/** Returns gaps and duplicates in the numbers. A crash of the writer may cause either, so it explains them. */
export function gapsIn(history: History): string[] {
  const crashes = crashesOf(history, writerOf(history));
  return history.writes.slice(1).flatMap((write, i) => {
    const before = history.writes[i];
    if (!before || write.seq === before.seq + 1) return [];
    if (crashes.some(({ at }) => at >= writtenAt(before) && at <= writtenAt(write))) return [];
    return `the record of writes goes from seq ${before.seq} to seq ${write.seq}`;
  });
}
