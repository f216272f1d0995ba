/** The load generator as a process: it writes, watches and counts, and reports each task's raw figures. */
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
