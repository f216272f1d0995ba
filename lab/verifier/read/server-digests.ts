/** Reads digests that the servers compute: 40 characters for a value of any size. */
import { createHash } from 'node:crypto';
import type { Connection } from '../../../toolkit/node/connection.ts';
import { type Command, ReplyError } from '../../../toolkit/node/resp.ts';

/** Digest of a missing key. */
export const ABSENT = '0'.repeat(40);

/**
 * Returns the digest of each key's value, including its type.
 *
 * Tested on KeyDB 6.3.4 and Redis 7.0. The digest covers the type, every byte of every element, the order of lists,
 * scores, stream ids, and whether the key expires (not when). It does not cover encodings, the order of sets and hashes
 * (which have none), consumer groups, and the last id of a stream.
 * @throws NodeError.
 */
export async function serverDigests(connection: Connection, keys: readonly Buffer[]): Promise<string[]> {
  if (keys.length === 0) return [];
  let bytes = `*${keys.length + 2}\r\n$5\r\nDEBUG\r\n$12\r\nDIGEST-VALUE\r\n`;
  for (const key of keys) bytes += `$${key.length}\r\n${key.toString('latin1')}\r\n`;
  const [reply] = await connection.exchange(bytes, 1);
  if (reply instanceof ReplyError) throw connection.rejection(reply, DIGEST);
  return reply as string[];
}

const DIGEST: Command = ['DEBUG', 'DIGEST-VALUE'];

/** Returns why this node's server denies digests to this user, or `undefined` if it allows them. @throws NodeError. */
export async function digestRejection(connection: Connection): Promise<string | undefined> {
  const [reply] = await connection.batch([[...DIGEST, 'a key for checking whether this is allowed']]);
  if (!(reply instanceof ReplyError)) return undefined;
  // A user with access to some keys only cannot read this key, although other digests may be allowed. In this case SCAN
  // returns keys that the user cannot compare, and a read of values reports them by name.
  if (reply.code === 'NOPERM') return 'the user may not run DEBUG';
  if (/not allowed|unknown command|unknown subcommand|try debug help/i.test(reply.message)) {
    return 'the server does not allow DEBUG';
  }
  throw connection.rejection(reply, DIGEST);
}

/** The digest of a key that expires is the digest of its value XOR this constant. */
const EXPIRES = createHash('sha1').update('!!expire!!').digest();

/** Returns the digest of the same value without an expiry. */
export function withoutExpiry(digest: string): string {
  const bytes = Buffer.from(digest, 'hex');
  for (const [i, byte] of EXPIRES.entries()) bytes[i] = (bytes[i] ?? 0) ^ byte;
  return bytes.toString('hex');
}
