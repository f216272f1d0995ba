/** All experiments, in order of execution. */
import type { Experiment } from '../context.ts';
import { channel } from './channel.ts';
import { engines } from './engines.ts';
import { keepingUp } from './keeping-up.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { metrics } from './metrics.ts';
import { nodes } from './nodes.ts';
import { observers } from './observers.ts';
import { page } from './page.ts';
import { style } from './style.ts';
import { table } from './table.ts';
import { tableMemory } from './table-memory.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  latency,
  keepingUp,
  memory,
  metrics,
  style,
  channel,
  observers,
  nodes,
  page,
  table,
  tableMemory,
  engines,
];
