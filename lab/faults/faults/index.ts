/** All faults, in the order of a run. */
import { clientCut } from './client-cut.ts';
import { clock } from './clock.ts';
import { diskFull } from './disk-full.ts';
import type { Fault } from './fault.ts';
import { hang } from './hang.ts';
import { kill } from './kill.ts';
import { killAll } from './kill-all.ts';
import { killObserver } from './kill-observer.ts';
import { killWriter } from './kill-writer.ts';
import { memoryFull } from './memory-full.ts';
import { replicationCut } from './replication-cut.ts';
import { slowLink } from './slow-link.ts';
import { split } from './split.ts';
import { stop } from './stop.ts';

export const FAULTS: readonly Fault[] = [
  kill,
  stop,
  hang,
  replicationCut,
  clientCut,
  split,
  killAll,
  killWriter,
  killObserver,
  slowLink,
  memoryFull,
  diskFull,
  clock,
];
