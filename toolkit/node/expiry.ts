/** Reads when keys expire, on the node's own clock. */
import type { Connection } from './connection.ts';
import { type Reply, ReplyError } from './resp.ts';

/** Expiry of a key that never expires. */
export const NEVER = -1;
/** Expiry of a key that is missing, or that has expired but is not deleted yet. */
export const MISSING = -2;

/**
 * Returns the absolute expiry of each key: Unix milliseconds, `NEVER`, or `MISSING`.
 *
 * Sends TIME and the PTTLs in one write. The result therefore depends neither on the delay of the replies nor on clock
 * offsets. (PEXPIRETIME would be simpler, but KeyDB does not have it.)
 * @throws NodeError.
 */
export async function readExpiries(connection: Connection, keys: readonly Buffer[]): Promise<number[]> {
  if (keys.length === 0) return [];
  let bytes = '*1\r\n$4\r\nTIME\r\n';
  for (const key of keys) bytes += `*2\r\n$4\r\nPTTL\r\n$${key.length}\r\n${key.toString('latin1')}\r\n`;
  const [time, ...lives] = await connection.exchange(bytes, keys.length + 1);
  const now = milliseconds(orThrow(connection, time ?? null, 'TIME'));
  return lives.map((life) => {
    const left = orThrow(connection, life, 'PTTL') as number;
    return left < 0 ? left : now + left;
  });
}

function milliseconds(time: Reply): number {
  const [seconds, micros] = time as [Buffer, Buffer];
  return Number(seconds.toString('latin1')) * 1000 + Math.floor(Number(micros.toString('latin1')) / 1000);
}

function orThrow(connection: Connection, reply: Reply, command: string): Reply {
  if (reply instanceof ReplyError) throw connection.rejection(reply, [command]);
  return reply;
}

/** Returns whether two expiries are equal within `toleranceMs`. An expiry never equals `NEVER` or `MISSING`. */
export function sameExpiry(one: number, other: number, toleranceMs: number): boolean {
  if (one < 0 || other < 0) return one === other;
  return Math.abs(one - other) <= toleranceMs;
}
