/** Writes a node's snapshot to a file atomically: the file is either complete or absent. */
import type { FileHandle } from 'node:fs/promises';
import { rejectExisting, writeAtomically } from '../../toolkit/files.ts';
import type { Address } from '../../toolkit/node/address.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { NodeError } from '../../toolkit/node/errors.ts';
import { readInfo } from '../../toolkit/node/nodes.ts';
import type { Progress } from '../../toolkit/progress.ts';
import { RdbCheck, type RdbFacts } from './rdb.ts';
import { receiveSnapshot } from './receive.ts';

export interface Saved extends RdbFacts {
  node: string;
  file: string;
  /** Keys on the node just before and just after the snapshot. */
  keysBefore: number;
  keysAfter: number;
  millis: number;
}

/** Timeout for a reply. A node with much data sends its first byte late, but an empty line every ten seconds. */
const TIMEOUT_MS = 60_000;

/**
 * Saves a snapshot of one node. The file appears only when the data is complete, checked, and synced.
 * @throws NodeError, Interrupted; UsageError if the file exists or cannot be written.
 */
export async function saveSnapshot(
  address: Address,
  file: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Saved> {
  const startedAt = performance.now();
  await rejectExisting(file);
  const connection = await Connection.open(address, { timeoutMs: TIMEOUT_MS, signal });
  try {
    const keysBefore = (await readInfo(connection)).keys;
    progress.start(`${address.name} saves a snapshot`);
    const facts = await writeAtomically(file, (output) => receiveInto(output, address, progress, signal));
    const keysAfter = (await readInfo(connection)).keys;
    const millis = Math.round(performance.now() - startedAt);
    return { node: address.name, file, keysBefore, keysAfter, ...facts, millis };
  } finally {
    connection.close();
  }
}

async function receiveInto(
  output: FileHandle,
  address: Address,
  progress: Progress,
  signal: AbortSignal,
): Promise<RdbFacts> {
  const check = new RdbCheck();
  const chunks = receiveSnapshot(address, { timeoutMs: TIMEOUT_MS, signal }, (bytes) =>
    progress.start(`receiving ${bytes.toLocaleString('en-US')} bytes`),
  );
  for await (const chunk of chunks) {
    await output.writeFile(chunk);
    check.update(chunk);
  }
  return finished(check, address);
}

function finished(check: RdbCheck, address: Address): RdbFacts {
  try {
    return check.finish();
  } catch (error) {
    throw new NodeError(address.name, `sent an invalid snapshot: ${(error as Error).message}`);
  }
}
