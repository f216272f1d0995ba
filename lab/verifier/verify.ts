/** Runs one complete verification: connects, compares every database, computes the result, disconnects. */

import type { Address } from '../../toolkit/node/address.ts';
import {
  closeNodes,
  databasesToCompare,
  type OpenNodes,
  openNodes,
  readInfo,
  selectDatabases,
} from '../../toolkit/node/nodes.ts';
import type { Progress } from '../../toolkit/progress.ts';
import { Pair } from './compare/pair.ts';
import { checkSuspects } from './compare/rounds.ts';
import { type Relieve, walkReplica, walkSource } from './compare/walk.ts';
import type { Method } from './read/key-state.ts';
import { digestRejection } from './read/server-digests.ts';
import { type PairResult, type Result, resultOf } from './report/result.ts';
import { prepareRun, type Run, type VerifyOptions } from './run.ts';

/** Maximum number of unchecked suspects of one pair, so that memory does not grow with divergence. */
const MOST_SUSPECTS = 8_000;

/**
 * Compares the first node with each of the other nodes.
 * @throws NodeError, UsageError, Interrupted: then there is no verdict.
 */
export async function verify(
  addresses: readonly Address[],
  options: VerifyOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Result> {
  const startedAt = performance.now();
  progress.start('connecting');
  const nodes = await openNodes(addresses, { timeoutMs: options.timeoutMs, signal });
  try {
    const { method, notes } = await chooseMethod(nodes, options);
    const run = prepareRun(nodes, method, options, progress, signal);
    const pairs = nodes.replicas.map((replica) => new Pair(nodes.source, replica));
    await compareAll(run, pairs, notes);
    const millis = Math.round(performance.now() - startedAt);
    const results: PairResult[] = pairs.map((pair) => resultOf(pair, millis));
    return { pairs: results, notes, method, millis };
  } finally {
    closeNodes(nodes.all);
  }
}

async function compareAll(run: Run, pairs: readonly Pair[], notes: string[]): Promise<void> {
  const { nodes, options, progress } = run;
  progress.start('waiting for replication');
  const replication = await run.watch.caughtUp();
  for (const pair of pairs) pair.replication = replication;
  for (const dbs of databasesToCompare(nodes.all, options.db)) {
    await selectDatabases(nodes.all, dbs);
    await compareDatabase(run, pairs, dbs);
  }
  if (options.match === undefined) notes.push(...(await correctTotals(run, pairs)));
}

async function compareDatabase(
  run: Run,
  pairs: readonly Pair[],
  [db = 0, ...others]: number[],
): Promise<void> {
  const dbOf = (pair: Pair) => ({ source: db, replica: others[pairs.indexOf(pair)] ?? db });
  const relieve: Relieve = async (pair) => {
    if (pair.suspects >= MOST_SUSPECTS) await checkSuspects(run, pair, dbOf(pair));
  };
  const { source, all } = run.nodes;
  const known = run.options.match === undefined;
  const keys = all.map(
    (node) => node.info.databases.get(node === source ? db : (others[all.indexOf(node) - 1] ?? db)) ?? 0,
  );
  run.progress.start(`comparing database ${db}`, known ? keys.reduce((sum, n) => sum + n, 0) : 0);
  await walkSource(run, pairs, relieve);
  await Promise.all(pairs.map((pair) => walkReplica(run, pair, relieve)));
  await Promise.all(pairs.map((pair) => checkSuspects(run, pair, dbOf(pair))));
}

/** Returns `digests` only if all nodes compute them, because the two kinds are not comparable. */
async function chooseMethod(
  nodes: OpenNodes,
  options: VerifyOptions,
): Promise<{ method: Method; notes: string[] }> {
  if (options.values) return { method: 'values', notes: ['values were read (--values)'] };
  const rejections = await Promise.all(
    nodes.all.map(async (node) => {
      const reason = await digestRejection(node.connection);
      return reason === undefined
        ? []
        : [`${node.name}: ${reason}, so values were read instead, which is slower`];
    }),
  );
  const notes = rejections.flat();
  return { method: notes.length === 0 ? 'digests' : 'values', notes };
}

/**
 * Estimates duplicates: SCAN may return a key twice (KeyDB did for 0.6 % of a million new keys). A set of all keys
 * would need unbounded memory. If the servers' key counts are the same before and after, they show the number of
 * duplicates.
 * @returns a remark for the report.
 */
async function correctTotals(run: Run, pairs: readonly Pair[]): Promise<string[]> {
  const { nodes, options } = run;
  const databases = databasesToCompare(nodes.all, options.db);
  const seen = [pairs[0]?.totals.source ?? 0, ...pairs.map((pair) => pair.totals.replica)];
  const notes = nodes.all.map(async (node, i) => {
    const sum = (of: Map<number, number>) =>
      databases.reduce((all, dbs) => all + (of.get(dbs[i] ?? 0) ?? 0), 0);
    const [before, after] = [sum(node.info.databases), sum((await readInfo(node.connection)).databases)];
    const doubles = (seen[i] ?? 0) - Math.max(before, after);
    if (doubles <= 0) return [];
    if (before !== after)
      return [`${node.name}: SCAN returned ${doubles} more keys than exist: totals are approximate`];
    for (const [j, pair] of pairs.entries()) {
      if (i === 0) pair.dropDoubles('source', doubles);
      else if (j === i - 1) pair.dropDoubles('replica', doubles);
    }
    return [`${node.name}: SCAN returned ${doubles} keys twice; they are counted once`];
  });
  return (await Promise.all(notes)).flat();
}
