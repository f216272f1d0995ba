/** Checks that no persisted write is lost after the lab has killed and restarted all nodes. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { few, plural } from './timeline.ts';

/** Returns whether one fault hit all nodes and left none reachable. */
export function isFullRestart({ nodes, windows }: History): boolean {
  return windows.some(
    ({ targets, reachableNodes }) =>
      reachableNodes.length === 0 && nodes.every((node) => targets.includes(node)),
  );
}

/**
 * Checks the lab's keys, which are set only once, and the shared key as each node loaded it. The final value of the
 * shared key proves nothing, because the writer has overwritten it. Acknowledged writes in no snapshot may be lost.
 */
export function checkRestart(history: History): Verdict {
  const results = [traffic(history), sharedKey(history)];
  const lost = results.flatMap(({ lost }) => lost);
  const summaries = results.flatMap(({ summary }) => summary ?? []);
  const summary = summaries.join('; ') || 'the record contains no snapshots and loaded values';
  const verdict = lost.length > 0 ? 'broken' : summaries.length > 0 ? 'holds' : 'unknown';
  return { promise: 'restart', verdict, summary, evidence: lost };
}

/** Result of one kind of evidence; `summary` is absent if the record contains none. */
interface Result {
  summary?: string;
  lost: string[];
}

function traffic({ traffic = [] }: History): Result {
  const checked = traffic.filter(({ persisted }) => persisted !== undefined && persisted > 0);
  if (checked.length === 0) return { lost: [] };
  const persisted = checked.reduce((sum, one) => sum + (one.persisted ?? 0), 0);
  const lost = checked.flatMap(({ node, persistedLost = [] }) =>
    persistedLost.length > 0
      ? `acknowledged by ${node}, in its snapshot, and on no node: ${few(persistedLost)}`
      : [],
  );
  const lostCount = checked.reduce((sum, one) => sum + (one.persistedLost?.length ?? 0), 0);
  return { summary: `${lostCount} of ${plural(persisted, 'persisted key')} lost`, lost };
}

function sharedKey({ nodes, persistedSeq, restoredSeq }: History): Result {
  if (persistedSeq === undefined || restoredSeq === undefined) return { lost: [] };
  const read = nodes.flatMap((node) => {
    const seq = restoredSeq[node];
    return seq === undefined ? [] : [{ node, seq, text: seq === null ? 'no value' : `seq ${seq}` }];
  });
  const lost = read.filter(({ seq }) => (seq ?? 0) < persistedSeq);
  if (read.length < nodes.length && lost.length === 0) return { lost: [] };
  return {
    summary: `shared key persisted up to seq ${persistedSeq}, loaded as ${read.map(({ text }) => text).join(', ')}`,
    lost: lost.map(({ node, text }) => `${node} loaded ${text}, but seq ${persistedSeq} was persisted`),
  };
}
