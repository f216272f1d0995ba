/** The load generator as a process: writes, watches, counts, and reports the raw figures of each task. */
import { answerParent } from '../host/answer-parent.ts';
import { calls, closeCalls } from './calls.ts';
import { closeCrowd, openCrowd, takeReceived } from './crowd.ts';
import { paced } from './paced.ts';
import { closePages, openPages, takeFrames } from './pages.ts';
import { pipelined } from './pipelined.ts';
import { prepare } from './prepare.ts';

answerParent({
  paced,
  pipelined,
  prepare,
  openCrowd,
  takeReceived: async () => takeReceived(),
  closeCrowd: async () => closeCrowd(),
  openPages,
  takeFrames: async () => takeFrames(),
  closePages: async () => closePages(),
  calls,
  closeCalls: async () => closeCalls(),
});
