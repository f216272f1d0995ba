/** The load generator as a process: writes, watches, counts, and reports the raw figures of each task. */
import { answerParent } from '../host/answer-parent.ts';
import { closeCrowd, openCrowd, takeHeard } from './crowd.ts';
import { flood } from './flood.ts';
import { paced } from './paced.ts';
import { prepare } from './prepare.ts';

answerParent({
  paced,
  flood,
  prepare,
  openCrowd,
  takeHeard: async () => takeHeard(),
  closeCrowd: async () => closeCrowd(),
});
