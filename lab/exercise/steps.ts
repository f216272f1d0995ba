/** Runs the complete exercise: verify, insert, wait for replication, verify, clean up. */
import type { Address } from '../../toolkit/node/address.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { NodeError } from '../../toolkit/node/errors.ts';
import { closeNodes, openNodes } from '../../toolkit/node/nodes.ts';
import { type Replication, ReplicationWatch } from '../../toolkit/node/replication.ts';
import type { Progress } from '../../toolkit/progress.ts';
import {
  databaseOf,
  insertTestData,
  type Result,
  removeTestData,
  type TestData,
  type VerifyOptions,
  verify,
} from '../verifier/index.ts';

export interface ExerciseResult {
  initial: Result;
  inserted: number;
  replication: Replication;
  /** Time that replication took after the last accepted write, in milliseconds. */
  replicationMillis: number;
  final: Result;
}

/** Runs all steps, and removes the test keys even after an error. @throws NodeError, UsageError, Interrupted. */
export async function runExercise(
  addresses: readonly Address[],
  options: VerifyOptions,
  data: TestData,
  progress: Progress,
  signal: AbortSignal,
): Promise<ExerciseResult> {
  const initial = await verify(addresses, options, progress, signal);
  try {
    const { replication, millis } = await insertAndWait(addresses, options, data, progress, signal);
    const final = await verify(addresses, options, progress, signal);
    return { initial, inserted: data.keys, replication, replicationMillis: millis, final };
  } finally {
    await cleanUp(addresses, options, data, progress);
  }
}

async function insertAndWait(
  addresses: readonly Address[],
  options: VerifyOptions,
  data: TestData,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ replication: Replication; millis: number }> {
  const nodes = await openNodes(addresses, { timeoutMs: options.timeoutMs, signal });
  try {
    await nodes.source.connection.call(['SELECT', databaseOf(nodes.source.address, options)]);
    await insertTestData(nodes.source.connection, data, progress);
    progress.start('waiting for replication');
    const startedAt = performance.now();
    const replication = await new ReplicationWatch(nodes.all, options.waitMs, signal).caughtUp();
    return { replication, millis: Math.round(performance.now() - startedAt) };
  } finally {
    closeNodes(nodes.all);
  }
}

/** Cleans up on a separate connection: the run's connection may be lost, and Ctrl-C must not stop the cleanup. */
async function cleanUp(
  [source]: readonly Address[],
  options: VerifyOptions,
  data: TestData,
  progress: Progress,
): Promise<void> {
  if (source === undefined) return;
  const never = new AbortController().signal;
  try {
    const connection = await Connection.open(source, { timeoutMs: options.timeoutMs, signal: never });
    try {
      await connection.call(['SELECT', databaseOf(source, options)]);
      await removeTestData(connection, data, progress);
    } finally {
      connection.close();
    }
  } catch (error) {
    // A read-only replica has accepted no key.
    if (error instanceof NodeError && error.code === 'READONLY') return;
    throw new NodeError(
      source.name,
      `could not be cleaned up: remove the keys ${data.prefix}*: ${(error as Error).message}`,
    );
  }
}
