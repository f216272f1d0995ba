/** Counts acknowledged writes that no node has at the end. There is no guarantee for them. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { few, plural } from './timeline.ts';

/** Counts lost keys of the lab, each set once on one node. The shared key hides losses, because it is overwritten. */
export function countLost({ traffic = [] }: History): Verdict {
  const acknowledged = traffic.reduce((sum, one) => sum + one.acknowledged, 0);
  const lost = traffic.reduce((sum, one) => sum + one.lost.length, 0);
  return {
    promise: 'acknowledged',
    verdict: 'figure',
    summary: `${lost.toLocaleString('en-US')} of ${plural(acknowledged, 'key')} set once are on no node`,
    evidence: traffic.flatMap(({ node, acknowledged: taken, lost: keys }) =>
      keys.length > 0
        ? `${keys.length} of ${plural(taken, 'key')} acknowledged by ${node}: ${few(keys)}`
        : [],
    ),
  };
}
