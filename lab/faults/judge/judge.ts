/** Checks the guarantees, using only the record. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { judgeAccounted } from './accounted.ts';
import { countLost } from './acknowledged.ts';
import { judgeFinalState } from './final-state.ts';
import { judgeLiveness } from './liveness.ts';
import { isFullRestart, judgeRestart } from './restart.ts';
import { judgeSingleWriter } from './single-writer.ts';
import { judgeWriteLag } from './write-lag.ts';

/** Returns a verdict for each guarantee that applies to a history. Pure. */
export function judge(history: History): Verdict[] {
  return [
    judgeLiveness(history),
    judgeFinalState(history),
    judgeSingleWriter(history),
    judgeAccounted(history),
    judgeWriteLag(history),
    ...(history.traffic ? [countLost(history)] : []),
    ...(isFullRestart(history) ? [judgeRestart(history)] : []),
  ];
}
