/** Nodes without data, before something is restored onto them. */
import { UsageError } from '../verifier/node/errors.ts';
import { type OpenNode, readInfo } from '../verifier/node/nodes.ts';
import { ReplicationWatch } from '../verifier/node/replication.ts';
import { count } from '../verifier/report/progress.ts';

const REPLICATION_MS = 10_000;
/** What a node has just loaded from another it may still pass on, behind a FLUSHALL: then it takes a second one. */
const TRIES = 5;

/** @throws UsageError that names the nodes with data, and how much. */
export async function refuseData(nodes: readonly OpenNode[]): Promise<void> {
  const held = (await keysOn(nodes)).filter(({ keys }) => keys > 0);
  if (held.length === 0) return;
  const list = held.map(({ name, keys }) => `${name} holds ${count(keys)} keys`).join(', ');
  throw new UsageError(
    `${list}: restore onto nodes without data, or let --force remove all keys of all databases first`,
  );
}

/**
 * Removes all data through the first node, until no node has any and none is on its way.
 * @throws UsageError that names the nodes that kept theirs; NodeError.
 */
export async function removeData(nodes: readonly OpenNode[], signal: AbortSignal): Promise<void> {
  const watch = new ReplicationWatch(nodes, REPLICATION_MS, signal);
  for (let left = TRIES; ; left -= 1) {
    await nodes[0]?.connection.call(['FLUSHALL']);
    // Once for what the others were sent, once for what they passed on because of it.
    await watch.caughtUp();
    await watch.caughtUp();
    const held = (await keysOn(nodes)).filter(({ keys }) => keys > 0);
    if (held.length === 0) return;
    if (left === 1) {
      const list = held.map(({ name, keys }) => `${name} still holds ${count(keys)} keys`).join(', ');
      throw new UsageError(`${list}: are its links up, and do services still write?`);
    }
  }
}

async function keysOn(nodes: readonly OpenNode[]): Promise<{ name: string; keys: number }[]> {
  return Promise.all(
    nodes.map(async ({ name, connection }) => {
      const { databases } = await readInfo(connection);
      return { name, keys: [...databases.values()].reduce((sum, keys) => sum + keys, 0) };
    }),
  );
}
