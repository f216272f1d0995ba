/**
 * Copies the source's value over keys that differ.
 *
 * Wherever replication runs from the source to the replica, the write is made on the source and reaches the replica
 * through it: replicas of Redis take no other writes, and in a mesh a key with a single writer cannot diverge again.
 * WATCH makes sure that nothing written meanwhile is rolled back. Without replication the replica is written to.
 */
import type { Connection } from '../node/connection.ts';
import type { OpenNode } from '../node/nodes.ts';
import { type Command, type Reply, ReplyError } from '../node/resp.ts';
import { NEVER, readExpiries } from '../read/expiry.ts';
import { KINDS } from '../read/key-state.ts';
import type { Finding, Findings } from '../report/findings.ts';

/** One key that is to become what it is on the source. */
export interface Repair {
  finding: Finding;
  /** `overwrite`: with the source's value and expiry. `remove`: the source does not have it. */
  action: 'overwrite' | 'remove';
}

export interface Repaired {
  done: number;
  /** Keys that were written during the repair, and so were left alone. */
  skipped: number;
}

/** What there is to do for one replica; a key with two kinds of difference is repaired once. Pure. */
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

/** Whether the nodes' INFO tells of a working link from the source to the replica. */
export function replicatesTo(source: OpenNode, replica: OpenNode): boolean {
  return (
    source.info.replicas.some((link) => link.online && link.port === replica.info.port) &&
    replica.info.masters.some((link) => link.up && link.port === source.info.port)
  );
}

/**
 * Repairs keys, one by one.
 * @param rewritten keys that were already written anew on the source, for another replica; added to.
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

/** Writes the key anew on its own node, which replicates it. `false` if somebody wrote to it meanwhile. */
async function rewrite(node: Connection, key: Buffer): Promise<boolean> {
  await node.call(['WATCH', key]);
  const restore = await restoreCommand(node, key);
  // Removing what is not there does not replicate; so for a moment it is.
  const commands: Command[] = restore
    ? [restore]
    : [
        ['SET', key, ''],
        ['DEL', key],
      ];
  const replies = await node.batch([['MULTI'], ...commands, ['EXEC']]);
  const failed = findError(replies);
  if (failed) throw node.refused(failed, commands[0] ?? []);
  return replies.at(-1) !== null;
}

async function copy(source: Connection, replica: Connection, key: Buffer): Promise<boolean> {
  await replica.call((await restoreCommand(source, key)) ?? ['DEL', key]);
  return true;
}

/** The command that makes the key as it is now, expiry included; `undefined` if there is no such key. */
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
