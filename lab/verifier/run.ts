/** Shared objects of the steps of one run. */

import type { OpenNode, OpenNodes } from '../../toolkit/node/nodes.ts';
import { ReplicationWatch } from '../../toolkit/node/replication.ts';
import { Throttle } from '../../toolkit/node/throttle.ts';
import type { Progress } from '../../toolkit/progress.ts';
import { BatchSize } from './read/batch-size.ts';
import type { Method } from './read/key-state.ts';

/** Comparison options from the command line. */
export interface VerifyOptions {
  /** The only database to compare. If omitted, all databases. */
  db?: number;
  /** Glob that keys must match. */
  match?: string;
  ttlToleranceMs: number;
  rounds: number;
  settleMs: number;
  /** Maximum time of each wait for replication, in milliseconds. */
  waitMs: number;
  /** Timeout for a reply, in milliseconds. */
  timeoutMs: number;
  /** Maximum number of keys per request. */
  batch: number;
  /** Keys per second on each node; `Infinity` means no limit. */
  throttle: number;
  /** Maximum number of findings to keep of each kind. Further findings are only counted. */
  maxFindings: number;
  /** Whether to read values even if the servers compute digests. */
  values: boolean;
}

/** The defaults of `npm run verify`. */
export const DEFAULTS: VerifyOptions = {
  ttlToleranceMs: 1_000,
  rounds: 3,
  settleMs: 1_000,
  waitMs: 10_000,
  timeoutMs: 10_000,
  batch: 1_000,
  throttle: Number.POSITIVE_INFINITY,
  maxFindings: 1_000,
  values: false,
};

export interface Run {
  nodes: OpenNodes;
  method: Method;
  options: VerifyOptions;
  batch: BatchSize;
  watch: ReplicationWatch;
  progress: Progress;
  signal: AbortSignal;
  /** Waits until this number of keys may be requested from a node. */
  pace: (node: OpenNode, keys: number) => Promise<void>;
}

/** A throttled batch contains at most the keys of a tenth of a second, so that the load is even. */
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
