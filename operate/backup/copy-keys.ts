/** Copies every key of one server to another server, with its expiry. */

import { readExpiries } from '../../toolkit/node/expiry.ts';
import type { OpenNode } from '../../toolkit/node/nodes.ts';
import { type Command, type Reply, ReplyError } from '../../toolkit/node/resp.ts';
import { scanKeys } from '../../toolkit/node/scan.ts';
import type { Progress } from '../../toolkit/progress.ts';

/** Small, because a single value can be large, and memory contains one whole batch. */
const KEYS_AT_ONCE = 100;
/** Exists for a moment only, on nodes that are empty or about to be emptied. */
const PROBE = 'restore:probe';

/** Copies all databases. @returns the number of copied keys. @throws NodeError. */
export async function copyKeys(source: OpenNode, target: OpenNode, progress: Progress): Promise<number> {
  progress.start(`restoring to ${target.name}`, source.info.keys);
  let copied = 0;
  for (const db of source.info.databases.keys()) {
    await select([source, target], db);
    const scan = { count: () => KEYS_AT_ONCE, pace: async () => {} };
    for await (const keys of scanKeys(source.scanner, scan)) {
      copied += await copySome(source, target, keys);
      progress.add(keys.length);
    }
  }
  return copied;
}

/**
 * Checks with one key that the target accepts the source's format, before any key is removed from the target.
 * @throws NodeError with the reason if it does not.
 */
export async function assertCompatible(source: OpenNode, target: OpenNode): Promise<void> {
  const [db] = [...source.info.databases.keys()];
  if (db === undefined) return;
  await select([source, target], db);
  const key = (await source.connection.call(['RANDOMKEY'])) as Buffer | null;
  const dump = key && (await source.connection.call(['DUMP', key]));
  if (!dump) return;
  await target.connection.call(['RESTORE', PROBE, '0', dump as Buffer, 'REPLACE']);
  await target.connection.call(['DEL', PROBE]);
}

async function copySome(source: OpenNode, target: OpenNode, keys: readonly Buffer[]): Promise<number> {
  const [expiries, dumps] = await Promise.all([
    readExpiries(source.connection, keys),
    source.connection.batch(keys.map((key) => ['DUMP', key])),
  ]);
  const commands = keys.flatMap((key, i) => restoreCommand(source, key, expiries[i] ?? -1, dumps[i] ?? null));
  const replies = await target.connection.batch(commands);
  for (const reply of replies)
    if (reply instanceof ReplyError) throw target.connection.rejection(reply, ['RESTORE']);
  return commands.length;
}

/** Returns no command for a key that has expired since SCAN listed it. */
function restoreCommand(source: OpenNode, key: Buffer, expiresAt: number, dump: Reply): Command[] {
  if (dump instanceof ReplyError) throw source.connection.rejection(dump, ['DUMP']);
  if (dump === null) return [];
  // SCAN may list a key twice.
  const command = ['RESTORE', key, String(Math.max(0, expiresAt)), dump as Buffer, 'REPLACE'];
  return [expiresAt < 0 ? command : [...command, 'ABSTTL']];
}

async function select(nodes: readonly OpenNode[], db: number): Promise<void> {
  for (const { connection, scanner } of nodes) {
    await connection.call(['SELECT', String(db)]);
    await scanner.call(['SELECT', String(db)]);
  }
}
