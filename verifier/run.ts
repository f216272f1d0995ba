/** What the steps of one run share. */

import type { OpenNode, OpenNodes } from './node/nodes.ts';
import { ReplicationWatch } from './node/replication.ts';
import { Throttle } from './node/throttle.ts';
import { BatchSize } from './read/batch-size.ts';
import type { Method } from './read/key-state.ts';
import type { Progress } from './report/progress.ts';

/** How to compare, from the command line. */
export interface VerifyOptions {
  /** The only database to compare. Absent: all. */
  db?: number;
  /** Only keys that match this glob. */
  match?: string;
  ttlToleranceMs: number;
  rounds: number;
  settleMs: number;
  /** How long to wait for replication, each time. */
  waitMs: number;
  /** How long a node may be silent. */
  timeoutMs: number;
  /** Most keys asked for at once. */
  batch: number;
  /** Keys a second on each node; `Infinity` does not limit. */
  throttle: number;
  /** Findings of each kind that are kept; more are only counted. */
  maxFindings: number;
  /** Reads values even where servers would compute digests. */
  values: boolean;
}

export interface Run {
  nodes: OpenNodes;
  method: Method;
  options: VerifyOptions;
  batch: BatchSize;
  watch: ReplicationWatch;
  progress: Progress;
  signal: AbortSignal;
  /** Waits until a node may be asked for so many more keys. */
  pace: (node: OpenNode, keys: number) => Promise<void>;
}

/** A throttled node is asked for at most a tenth of a second's keys at once, so that its load is even. */
const THROTTLED_BATCHES_PER_SECOND = 10;

export function prepareRun(
  nodes: OpenNodes,
  method: Method,
  options: VerifyOptions,
  progress: Progress,
  signal: AbortSignal,
): Run {
  const throttles = new Map(nodes.all.map((node) => [node, new Throttle(options.throttle, signal)]));
  const largest = Math.max(
    1,
    Math.min(options.batch, Math.ceil(options.throttle / THROTTLED_BATCHES_PER_SECOND)),
  );
  return {
    nodes,
    method,
    options,
    batch: new BatchSize(largest),
    watch: new ReplicationWatch(nodes.all, options.waitMs, signal),
    progress,
    signal,
    pace: async (node, keys) => throttles.get(node)?.take(keys),
  };
}
