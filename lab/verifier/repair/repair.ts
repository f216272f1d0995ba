/**
 * Overwrites keys that differ with the source's value.
 *
 * If replication runs from the source to the replica, the repair writes on the source, and replication updates the
 * replica: in a mesh, a key with one writer then cannot diverge again. A read-only replica of another node accepts only its
 * master's writes, so the repair writes on the master. Otherwise, it writes on the replica. WATCH prevents that the repair
 * rolls back a concurrent write.
 */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { NEVER, readExpiries } from '../../../toolkit/node/expiry.ts';
import type { OpenNode } from '../../../toolkit/node/nodes.ts';
import { type Command, type Reply, ReplyError } from '../../../toolkit/node/resp.ts';
import { KINDS } from '../read/key-state.ts';
import type { Finding, Findings } from '../report/findings.ts';

/** The repair of one key. */
export interface Repair {
  finding: Finding;
  /** `overwrite`: write the source's value and expiry. `remove`: the key is missing on the source. */
  action: 'overwrite' | 'remove';
}

export interface Repaired {
  done: number;
  /** Keys that were skipped because a concurrent write changed them. */
  skipped: number;
}

/** Returns the repairs for one replica. A key with two kinds of difference is repaired once. Pure. */
export function planRepair(findings: Findings): Repair[] {
  const byKey = new Map<string, Repair>();
  for (const finding of KINDS.flatMap((kind): Finding[] => findings[kind])) {
    const action = finding.source.type === 'none' ? 'remove' : 'overwrite';
    byKey.set(nameOf(finding), { finding, action });
  }
  return [...byKey.values()];
}

function nameOf({ db, key }: Finding): string {
  return `${db.source} ${key.toString('latin1')}`;
}

/** Returns whether the nodes' INFO shows a link from the source to the replica that is up. */
export function replicatesTo(source: OpenNode, replica: OpenNode): boolean {
  return (
    source.info.replicas.some((link) => link.online && link.port === replica.info.port) &&
    replica.info.masters.some((link) => link.up && link.port === source.info.port)
  );
}

/**
 * Repairs keys one by one.
 * @param all the run's nodes, the source first.
 * @param written keys that were already written for another replica, with their nodes; updated by this function.
 * @throws NodeError.
 */
export async function repairKeys(
  all: readonly [source: OpenNode, ...OpenNode[]],
  replica: OpenNode,
  repairs: readonly Repair[],
  written: Set<string>,
): Promise<Repaired> {
  const [source] = all;
  const node = writableFor(replica, all);
  const repaired: Repaired = { done: 0, skipped: 0 };
  for (const { finding } of repairs) {
    const { key, db } = finding;
    const name = `${node.name} ${nameOf(finding)}`;
    if (written.has(name)) continue;
    written.add(name);
    await source.connection.call(['SELECT', String(db.source)]);
    if (node !== source) await node.connection.call(['SELECT', String(db.replica)]);
    if (await write(source.connection, node.connection, key)) repaired.done += 1;
    else repaired.skipped += 1;
  }
  return repaired;
}

/** Returns the node to write on: the source if it replicates to the replica, or the master of a read-only replica. */
function writableFor(replica: OpenNode, all: readonly [OpenNode, ...OpenNode[]]): OpenNode {
  const [source] = all;
  if (replicatesTo(source, replica)) return source;
  if (!replica.info.readOnly) return replica;
  return all.find((node) => !node.info.readOnly && replicatesTo(node, replica)) ?? replica;
}

/** Writes the source's value on a node. @returns `false` after a concurrent write. */
async function write(source: Connection, node: Connection, key: Buffer): Promise<boolean> {
  await node.call(['WATCH', key]);
  const restore = await restoreCommand(source, key);
  // DEL of a missing key is not replicated, so SET it first.
  const commands: Command[] = restore
    ? [restore]
    : [
        ['SET', key, ''],
        ['DEL', key],
      ];
  const replies = await node.batch([['MULTI'], ...commands, ['EXEC']]);
  const failed = findError(replies);
  if (failed) throw node.rejection(failed, commands[0] ?? []);
  return replies.at(-1) !== null;
}

/** Returns the command that creates the key in its current state, with its expiry; `undefined` if it is missing. */
async function restoreCommand(node: Connection, key: Buffer): Promise<Command | undefined> {
  const [[expiresAt = NEVER], dump] = await Promise.all([
    readExpiries(node, [key]),
    node.call(['DUMP', key]),
  ]);
  if (dump === null) return undefined;
  const expiry = expiresAt < 0 ? ['0'] : [String(expiresAt)];
  return ['RESTORE', key, ...expiry, dump as Buffer, 'REPLACE', ...(expiresAt < 0 ? [] : ['ABSTTL'])];
}

function findError(replies: readonly Reply[]): ReplyError | undefined {
  for (const reply of replies.flat()) if (reply instanceof ReplyError) return reply;
  return undefined;
}
