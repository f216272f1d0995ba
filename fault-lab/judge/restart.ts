/** After all nodes were killed and started again, nothing is gone that a snapshot contained. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';

/** Whether there was a time at which no node lived that had lived before. */
export function isFullRestart({ nodes, windows }: History): boolean {
  return windows.some(
    ({ targets, reachableNodes }) =>
      reachableNodes.length === 0 && nodes.every((node) => targets.includes(node)),
  );
}

/**
 * Each node must come back with the persisted write or a newer one. The final state would not do: by then the writer has
 * written again. The last write that an observer saw before the restart is not asked for, since nobody promised it.
 */
export function judgeRestart({ nodes, persistedSeq, restoredSeq }: History): Verdict {
  const unread = nodes.filter((node) => restoredSeq?.[node] === undefined);
  const lost = nodes.filter((node) => {
    const restored = restoredSeq?.[node];
    return persistedSeq !== undefined && restored !== undefined && (restored ?? 0) < persistedSeq;
  });
  const came = nodes.map((node) => `${node}: ${words(restoredSeq?.[node])}`);
  if (lost.length > 0)
    return answer('broken', `persisted up to seq ${persistedSeq}, gone from ${lost.join(', ')}`, came);
  if (persistedSeq === undefined)
    return answer('unknown', 'nobody looked what the snapshots contained before', came);
  if (unread.length > 0)
    return answer('unknown', `nobody looked what ${unread.join(', ')} came back with`, came);
  return answer('holds', `persisted up to seq ${persistedSeq}; came back with ${came.join(', ')}`, []);
}

function words(restored: number | null | undefined): string {
  if (restored === undefined) return 'not looked at';
  return restored === null ? 'no value' : `seq ${restored}`;
}

function answer(verdict: Verdict['verdict'], summary: string, evidence: string[]): Verdict {
  return { promise: 'restart', verdict, summary, evidence };
}
