/** How many acknowledged writes are on no node in the end: nobody promises that there are none. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { few, plural } from './timeline.ts';

/** Of the keys that the lab itself set, each once and on one node; they tell what the shared key, always set anew, hides. */
export function countLost({ traffic = [] }: History): Verdict {
  const acknowledged = traffic.reduce((sum, one) => sum + one.acknowledged, 0);
  const lost = traffic.reduce((sum, one) => sum + one.lost.length, 0);
  return {
    promise: 'acknowledged',
    verdict: 'figure',
    summary: `${lost.toLocaleString('en-US')} of ${plural(acknowledged, 'key')} set once are on no node`,
    evidence: traffic.flatMap(({ node, acknowledged: taken, lost: keys }) =>
      keys.length > 0 ? `${keys.length} of ${plural(taken, 'key')} taken by ${node}: ${few(keys)}` : [],
    ),
  };
}
