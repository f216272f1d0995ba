/** Digests that the servers compute: 40 characters for a value of any size. */
import { createHash } from 'node:crypto';
import type { Connection } from '../node/connection.ts';
import { type Command, ReplyError } from '../node/resp.ts';

/** What a key that is not there has for a digest. */
export const ABSENT = '0'.repeat(40);

/**
 * The digest of each key's value, type included.
 *
 * What it sees, tried on KeyDB 6.3.4 and Redis 7.0: the type, every byte of every element, the order of lists, the
 * scores, the ids of streams, and whether the key expires (not when). What it does not see: encodings, the order of
 * sets and hashes (which they do not have), consumer groups and the last id of a stream.
 * @throws NodeError.
 */
export async function serverDigests(connection: Connection, keys: readonly Buffer[]): Promise<string[]> {
  if (keys.length === 0) return [];
  let bytes = `*${keys.length + 2}\r\n$5\r\nDEBUG\r\n$12\r\nDIGEST-VALUE\r\n`;
  for (const key of keys) bytes += `$${key.length}\r\n${key.toString('latin1')}\r\n`;
  const [reply] = await connection.send(bytes, 1);
  if (reply instanceof ReplyError) throw connection.refused(reply, DIGEST);
  return reply as string[];
}

const DIGEST: Command = ['DEBUG', 'DIGEST-VALUE'];

/** Why this node's server will not compute digests for this user, or `undefined` if it will. @throws NodeError. */
export async function digestRefusal(connection: Connection): Promise<string | undefined> {
  const [reply] = await connection.batch([[...DIGEST, 'a key for trying whether this is allowed']]);
  if (!(reply instanceof ReplyError)) return undefined;
  // A user who may read only some keys is refused this one; the digests of the others may still be allowed, but
  // then SCAN shows keys that may not be compared either way, and reading values says so by name.
  if (reply.code === 'NOPERM') return 'the user may not run DEBUG';
  if (/not allowed|unknown command|unknown subcommand|try debug help/i.test(reply.message)) {
    return 'the server does not allow DEBUG';
  }
  throw connection.refused(reply, DIGEST);
}

/** The digest of a key that expires is its value's, with this mixed in by exclusive or. */
const EXPIRES = createHash('sha1').update('!!expire!!').digest();

/** The digest that the same value would have if the key did not expire. */
export function withoutExpiry(digest: string): string {
  const bytes = Buffer.from(digest, 'hex');
  for (const [i, byte] of EXPIRES.entries()) bytes[i] = (bytes[i] ?? 0) ^ byte;
  return bytes.toString('hex');
}
