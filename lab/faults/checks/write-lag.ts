/** Checks that no queue of writes grows: each acknowledgment follows its write within the recovery limit. */
import type { History, Write } from '../history.ts';
import { recoveryLimit } from '../limits.ts';
import type { Verdict } from '../verdict.ts';
import { clock, few, plural, seconds, writtenAt } from './timeline.ts';

/**
 * Checks the time from each write to its acknowledgment. The writer leaves a node that does not reply within
 * NODE_TIMEOUT_MS. A later acknowledgment therefore shows that the write waited in a queue, for example behind WAIT.
 */
export function checkWriteLag(history: History): Verdict {
  const acknowledged = history.writes.flatMap((write) =>
    write.acknowledgedAt === undefined ? [] : [{ write, lag: write.acknowledgedAt - writtenAt(write) }],
  );
  if (acknowledged.length === 0) return answer('unknown', 'no write was acknowledged', []);
  const late = acknowledged.filter(({ lag }) => lag > recoveryLimit(history));
  const longest = Math.max(...acknowledged.map(({ lag }) => lag));
  const confirmations = confirmed(
    history,
    acknowledged.map(({ write }) => write),
  );
  const summary = [
    `${plural(acknowledged.length, 'write')}, acknowledged at most ${seconds(Math.max(longest, 0))} s after their timestamps`,
    ...confirmations,
  ].join('; ');
  if (late.length > 0) {
    return answer(
      'broken',
      summary,
      late.map(
        ({ write, lag }) =>
          `${clock(history, writtenAt(write))} seq ${write.seq} was acknowledged by ${write.node} ${seconds(lag)} s after its timestamp`,
      ),
    );
  }
  const silent = history.settings.WAIT_REPLICAS > 0 && confirmations.length === 0;
  return silent
    ? answer('unknown', `${summary}; the record contains no confirmation`, [])
    : answer('holds', summary, []);
}

/** Returns `confirmed by 2 nodes: 380 writes, by 1 node: 3 writes`. WAIT is a hint, so no number is an error. */
function confirmed({ settings }: History, writes: readonly Write[]): string[] {
  if (settings.WAIT_REPLICAS === 0) return [];
  const counts = new Map<number, number>();
  for (const { confirmed: nodes } of writes) {
    if (nodes !== undefined) counts.set(nodes, (counts.get(nodes) ?? 0) + 1);
  }
  const parts = [...counts]
    .sort(([one], [other]) => other - one)
    .map(([nodes, count]) => `by ${plural(nodes, 'node')}: ${plural(count, 'write')}`);
  return parts.length > 0 ? [`confirmed ${few(parts)}`] : [];
}

function answer(verdict: Verdict['verdict'], summary: string, evidence: string[]): Verdict {
  return { promise: 'write-lag', verdict, summary, evidence };
}
