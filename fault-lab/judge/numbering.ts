/** Whether the record of the writes is whole: a writer numbers them without a gap. */
import type { History } from '../history.ts';
import { suddenDeathsOf, writerOf, writtenAt } from './timeline.ts';

/** What is missing from the record or stands there twice; a writer that died may leave a gap, or give a number again. */
export function gapsIn(history: History): string[] {
  const deaths = suddenDeathsOf(history, writerOf(history));
  return history.writes.slice(1).flatMap((write, i) => {
    const before = history.writes[i];
    if (!before || write.seq === before.seq + 1) return [];
    if (deaths.some(({ at }) => at >= writtenAt(before) && at <= writtenAt(write))) return [];
    return `the record of writes goes from seq ${before.seq} to seq ${write.seq}`;
  });
}
