/** Checks the guarantees, using only the record. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { checkAccounted } from './accounted.ts';
import { countLost } from './acknowledged.ts';
import { checkFinalState } from './final-state.ts';
import { checkLiveness } from './liveness.ts';
import { checkRestart, isFullRestart } from './restart.ts';
import { checkSingleWriter } from './single-writer.ts';
import { checkWriteLag } from './write-lag.ts';

/** Returns a verdict for each guarantee that applies to a history. Pure. */
export function checkHistory(history: History): Verdict[] {
  return [
    checkLiveness(history),
    checkFinalState(history),
    checkSingleWriter(history),
    checkAccounted(history),
    checkWriteLag(history),
    ...(history.traffic ? [countLost(history)] : []),
    ...(isFullRestart(history) ? [checkRestart(history)] : []),
  ];
}
