/** Ensures that nodes contain no data before a restore. */
import { UsageError } from '../../toolkit/node/errors.ts';
import { type OpenNode, readInfo } from '../../toolkit/node/nodes.ts';
import { ReplicationWatch } from '../../toolkit/node/replication.ts';
import { count } from '../../toolkit/progress.ts';

const REPLICATION_MS = 10_000;
/** After FLUSHALL, a node may still forward data from a recent resynchronization. Then FLUSHALL must be repeated. */
const TRIES = 5;

/** Rejects nodes that contain data. @throws UsageError with their names and numbers of keys. */
export async function rejectData(nodes: readonly OpenNode[]): Promise<void> {
  const held = (await keysOn(nodes)).filter(({ keys }) => keys > 0);
  if (held.length === 0) return;
  const list = held.map(({ name, keys }) => `${name} contains ${count(keys)} keys`).join(', ');
  throw new UsageError(
    `${list}: restore to nodes without data, or remove all keys of all databases first with --force`,
  );
}

/**
 * Removes all data through the first node, until no node contains data and no data is in flight.
 * @throws UsageError with the names of the nodes that still contain data; NodeError.
 */
export async function removeData(nodes: readonly OpenNode[], signal: AbortSignal): Promise<void> {
  const watch = new ReplicationWatch(nodes, REPLICATION_MS, signal);
  for (let left = TRIES; ; left -= 1) {
    await nodes[0]?.connection.call(['FLUSHALL']);
    // The first wait covers what the nodes received, the second what they forwarded because of it.
    await watch.caughtUp();
    await watch.caughtUp();
    const held = (await keysOn(nodes)).filter(({ keys }) => keys > 0);
    if (held.length === 0) return;
    if (left === 1) {
      const list = held.map(({ name, keys }) => `${name} still contains ${count(keys)} keys`).join(', ');
      throw new UsageError(`${list}: check its replication links and stop all writers`);
    }
  }
}

async function keysOn(nodes: readonly OpenNode[]): Promise<{ name: string; keys: number }[]> {
  return Promise.all(
    nodes.map(async ({ name, connection }) => ({ name, keys: (await readInfo(connection)).keys })),
  );
}
