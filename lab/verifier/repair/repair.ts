/**
 * Overwrites keys that differ with the source's value.
 *
 * If replication runs from the source to the replica, the repair writes on the source, and replication updates the
 * replica. Redis replicas accept no other writes, and in a mesh a key with one writer cannot diverge again. WATCH
 * prevents that the repair rolls back a concurrent write. Without replication, the repair writes on the replica.
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
 * @param rewritten keys that were already rewritten on the source for another replica; updated by this function.
 * @throws NodeError.
 */
export async function repairKeys(
  source: OpenNode,
  replica: OpenNode,
  repairs: readonly Repair[],
  rewritten: Set<string>,
): Promise<Repaired> {
  const through = replicatesTo(source, replica);
  const repaired: Repaired = { done: 0, skipped: 0 };
  for (const { finding } of repairs) {
    const { key, db } = finding;
    const name = nameOf(finding);
    if (through && rewritten.has(name)) continue;
    if (through) rewritten.add(name);
    await source.connection.call(['SELECT', String(db.source)]);
    await replica.connection.call(['SELECT', String(db.replica)]);
    const done = through
      ? await rewrite(source.connection, key)
      : await copy(source.connection, replica.connection, key);
    if (done) repaired.done += 1;
    else repaired.skipped += 1;
  }
  return repaired;
}

/** Rewrites the key on its own node, which replicates it. @returns `false` after a concurrent write. */
async function rewrite(node: Connection, key: Buffer): Promise<boolean> {
  await node.call(['WATCH', key]);
  const restore = await restoreCommand(node, key);
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

async function copy(source: Connection, replica: Connection, key: Buffer): Promise<boolean> {
  await replica.call((await restoreCommand(source, key)) ?? ['DEL', key]);
  return true;
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
