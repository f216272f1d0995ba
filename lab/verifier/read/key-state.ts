/** Reads the state of a key on one node, and compares the states of two nodes. */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { MISSING, NEVER, readExpiries, sameExpiry } from '../../../toolkit/node/expiry.ts';
import { ReplyError } from '../../../toolkit/node/resp.ts';
import { ABSENT, serverDigests, withoutExpiry } from './server-digests.ts';
import { valueDigests } from './value-digests.ts';

/** `digests`: the servers compute digests. `values`: this program reads all values and computes the digests. */
export type Method = 'digests' | 'values';

export interface KeyState {
  /** Reply to TYPE; `none` for a missing key. */
  type: string;
  digest: string;
  /** Unix milliseconds, `NEVER`, or `MISSING`. */
  expiresAt: number;
}

export const KINDS = ['missing', 'extra', 'type', 'value', 'ttl'] as const;
/** missing: not on the replica; extra: only on the replica; the others: on both nodes, but different. */
export type Kind = (typeof KINDS)[number];

export function readDigests(
  connection: Connection,
  method: Method,
  keys: readonly Buffer[],
): Promise<string[]> {
  return method === 'digests' ? serverDigests(connection, keys) : valueDigests(connection, keys);
}

/** Returns the state of each key. Expired keys are `none`. @throws NodeError. */
export async function readStates(
  connection: Connection,
  method: Method,
  keys: readonly Buffer[],
): Promise<KeyState[]> {
  // One write for all three commands leaves a key little time to change between the replies.
  const [types, expiries, digests] = await Promise.all([
    connection.batch(keys.map((key) => ['TYPE', key])),
    readExpiries(connection, keys),
    readDigests(connection, method, keys),
  ]);
  return types.map((type, i) => {
    if (type instanceof ReplyError) throw connection.rejection(type, ['TYPE']);
    const expiresAt = expiries[i] ?? MISSING;
    const digest = digests[i] ?? ABSENT;
    if (type === 'none' || expiresAt === MISSING || digest === ABSENT) return ABSENT_STATE;
    // Server digests include whether a key expires. `expiresAt` already covers that.
    const bare = method === 'digests' && expiresAt !== NEVER ? withoutExpiry(digest) : digest;
    return { type: String(type), digest: bare, expiresAt };
  });
}

const ABSENT_STATE: KeyState = { type: 'none', digest: ABSENT, expiresAt: MISSING };

/**
 * Returns the difference, or nothing if the nodes agree. Pure.
 * @param toleranceMs maximum difference of two expiries. A key on one node only is no difference if its remaining time
 * to live is shorter: the other node may have deleted it earlier.
 * @param now Unix milliseconds.
 */
export function differences(source: KeyState, replica: KeyState, toleranceMs: number, now: number): Kind[] {
  const expiring = (state: KeyState) => state.expiresAt >= 0 && state.expiresAt - now <= toleranceMs;
  if (source.type === 'none') return replica.type === 'none' || expiring(replica) ? [] : ['extra'];
  if (replica.type === 'none') return expiring(source) ? [] : ['missing'];
  const kinds: Kind[] = [];
  if (source.type !== replica.type) kinds.push('type');
  else if (source.digest !== replica.digest) kinds.push('value');
  if (!sameExpiry(source.expiresAt, replica.expiresAt, toleranceMs)) kinds.push('ttl');
  return kinds;
}

/** Returns whether a key's state on a node is unchanged. */
export function unchanged(before: KeyState, now: KeyState, toleranceMs: number): boolean {
  return (
    before.type === now.type &&
    before.digest === now.digest &&
    sameExpiry(before.expiresAt, now.expiresAt, toleranceMs)
  );
}
