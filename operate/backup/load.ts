/** Restores a snapshot to the nodes of a mesh and compares their data with it. */
import { createReadStream } from 'node:fs';
import { DEFAULTS, type Result, verify } from '../../lab/verifier/index.ts';
import { withFile } from '../../toolkit/files.ts';
import type { Address } from '../../toolkit/node/address.ts';
import { UsageError } from '../../toolkit/node/errors.ts';
import { closeNodes, openNodes } from '../../toolkit/node/nodes.ts';
import type { Progress } from '../../toolkit/progress.ts';
import { assertCompatible, copyKeys } from './copy-keys.ts';
import { rejectData, removeData } from './empty-nodes.ts';
import { RdbCheck, type RdbFacts } from './rdb.ts';
import { TemporaryServer } from './temporary-server.ts';

export interface LoadOptions {
  /** Whether to remove existing data first. */
  force: boolean;
  /** Server program that reads the snapshot. */
  engine?: string;
}

export interface Loaded {
  file: string;
  keys: number;
  /** Result of the verifier: the temporary server is its source, and the nodes are its replicas. */
  result: Result;
}

/** Timeout for a reply. A command such as FLUSHALL is slow on a node with much data. */
const TIMEOUT_MS = 60_000;
const VERIFY = { ...DEFAULTS, timeoutMs: TIMEOUT_MS };

/** Checks a snapshot file. @throws UsageError with the reason if the file is invalid. */
export async function checkFile(file: string, signal: AbortSignal): Promise<RdbFacts> {
  const check = new RdbCheck();
  return withFile(file, async () => {
    for await (const chunk of createReadStream(file, { signal })) inspect(file, () => check.update(chunk));
    return inspect(file, () => check.finish());
  });
}

/**
 * Restores a checked file through the first node, which replicates to the others.
 * @throws UsageError, NodeError, Interrupted. The message says if some keys were already restored.
 */
export async function load(
  file: string,
  nodes: readonly Address[],
  options: LoadOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Loaded> {
  progress.start('loading the snapshot');
  const server = await TemporaryServer.load(file, options.engine, signal);
  try {
    const addresses = [server.address, ...nodes];
    const keys = await putOn(addresses, options, progress, signal);
    return { file, keys, result: await compare(addresses, progress, signal) };
  } finally {
    await server.stop();
  }
}

async function putOn(
  addresses: readonly Address[],
  { force }: LoadOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { source, replicas: targets, all } = await openNodes(addresses, { timeoutMs: TIMEOUT_MS, signal });
  try {
    const [target] = targets;
    if (!target) throw new UsageError('KEYDB_NODES: expected at least one node');
    if (!force) await rejectData(targets);
    await assertCompatible(source, target);
    return await changing(async () => {
      if (force) await removeData(targets, signal);
      return copyKeys(source, target, progress);
    });
  } finally {
    closeNodes(all);
  }
}

async function compare(
  addresses: readonly Address[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Result> {
  try {
    return await verify(addresses, VERIFY, progress, signal);
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message}; all keys were restored, but the comparison is incomplete`,
    );
  }
}

/** Reports that a failure from now on leaves the nodes with a part of the data. */
async function changing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message}; the nodes now contain a part of the backup: run the command again with --force`,
    );
  }
}

function inspect<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(`${file} was not restored: ${(error as Error).message}`);
  }
}
