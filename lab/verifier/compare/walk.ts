/** Runs the first pass over one database: finds the keys that seem to differ. */

import { MISSING, NEVER, readExpiries, sameExpiry } from '../../../toolkit/node/expiry.ts';
import type { OpenNode } from '../../../toolkit/node/nodes.ts';
import { forEachAtOnce } from '../../../toolkit/node/pool.ts';
import { scanKeys } from '../../../toolkit/node/scan.ts';
import { readDigests } from '../read/key-state.ts';
import { ABSENT } from '../read/server-digests.ts';
import type { Run } from '../run.ts';
import type { Pair } from './pair.ts';

/** Batches in flight: while one is compared, the servers prepare the next. */
const BATCHES_AT_ONCE = 3;

/**
 * Compares every key of the source with all replicas. Calls `relieve` when a pair has many suspects. @throws NodeError.
 */
export async function walkSource(run: Run, pairs: readonly Pair[], relieve: Relieve): Promise<void> {
  await forEachAtOnce(keysOf(run, run.nodes.source), BATCHES_AT_ONCE, async (keys) => {
    const startedAt = performance.now();
    await compareBatch(run, pairs, keys);
    run.batch.took(performance.now() - startedAt);
    run.progress.add(keys.length);
    for (const pair of pairs) await relieve(pair);
  });
}

/** Finds keys that exist only on the pair's replica. @throws NodeError. */
export async function walkReplica(run: Run, pair: Pair, relieve: Relieve): Promise<void> {
  const { source } = run.nodes;
  await forEachAtOnce(keysOf(run, pair.replica), BATCHES_AT_ONCE, async (keys) => {
    await run.pace(source, keys.length);
    pair.totals.replica += keys.length;
    // One EXISTS for the whole batch is usually enough, because the source usually has all keys.
    const found = await source.connection.call(['EXISTS', ...keys]);
    if (found !== keys.length) await suspectAbsent(source, pair, keys);
    run.progress.add(keys.length);
    await relieve(pair);
  });
}

export type Relieve = (pair: Pair) => Promise<void>;

function keysOf(run: Run, node: OpenNode): AsyncGenerator<Buffer[]> {
  const { match } = run.options;
  return scanKeys(node.scanner, {
    ...(match !== undefined && { match }),
    count: () => run.batch.keys,
    pace: (keys) => run.pace(node, keys),
  });
}

async function compareBatch(run: Run, pairs: readonly Pair[], keys: Buffer[]): Promise<void> {
  const { method, nodes } = run;
  await Promise.all(nodes.replicas.map((replica) => run.pace(replica, keys.length)));
  const [expiries, digests, ...others] = await Promise.all([
    readExpiries(nodes.source.connection, keys),
    readDigests(nodes.source.connection, method, keys),
    ...nodes.replicas.map((replica) => readDigests(replica.connection, method, keys)),
  ]);
  await Promise.all(
    pairs.map((pair, i) => compareWith(run, pair, { keys, expiries, digests, others: others[i] ?? [] })),
  );
}

interface Batch {
  keys: Buffer[];
  /** States on the source. */
  expiries: number[];
  digests: string[];
  /** Digests on the replica. */
  others: string[];
}

async function compareWith(run: Run, pair: Pair, batch: Batch): Promise<void> {
  const { keys, expiries, digests, others } = batch;
  const expiring: number[] = [];
  for (const [i, key] of keys.entries()) {
    // The key was deleted after SCAN, or it has expired and is not deleted yet.
    if (digests[i] === ABSENT || expiries[i] === MISSING) continue;
    pair.totals.source += 1;
    const common = others[i] !== ABSENT;
    if (common) pair.totals.common += 1;
    if (digests[i] !== others[i]) pair.suspect(key, 'source', common);
    // Equal server digests imply that both keys expire or neither does. Digests of values do not cover this.
    else if (expiries[i] !== NEVER || run.method === 'values') expiring.push(i);
  }
  const theirs = await readExpiries(
    pair.replica.connection,
    expiring.map((i) => keys[i] as Buffer),
  );
  for (const [j, i] of expiring.entries()) {
    const same = sameExpiry(expiries[i] ?? MISSING, theirs[j] ?? MISSING, run.options.ttlToleranceMs);
    if (!same) pair.suspect(keys[i] as Buffer, 'source', true);
  }
}

async function suspectAbsent(source: OpenNode, pair: Pair, keys: readonly Buffer[]): Promise<void> {
  const found = await source.connection.batch(keys.map((key) => ['EXISTS', key]));
  for (const [i, key] of keys.entries()) if (found[i] !== 1) pair.suspect(key, 'replica', false);
}
