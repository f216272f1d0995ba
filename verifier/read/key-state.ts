/** What one node holds under a key, as far as it is compared, and what differs between two nodes. */
import type { Connection } from '../node/connection.ts';
import { ReplyError } from '../node/resp.ts';
import { GONE, NEVER, readExpiries, sameExpiry } from './expiry.ts';
import { ABSENT, serverDigests, withoutExpiry } from './server-digests.ts';
import { valueDigests } from './value-digests.ts';

/** `digests`: the servers compute them. `values`: all values are read and digested here. */
export type Method = 'digests' | 'values';

export interface KeyState {
  /** As TYPE says; `none` for a key that is not there. */
  type: string;
  digest: string;
  /** Unix milliseconds, `NEVER` or `GONE`. */
  expiresAt: number;
}

export const KINDS = ['missing', 'extra', 'type', 'value', 'ttl'] as const;
/** missing: not on the replica; extra: only there; the others: on both, but not the same. */
export type Kind = (typeof KINDS)[number];

export function readDigests(
  connection: Connection,
  method: Method,
  keys: readonly Buffer[],
): Promise<string[]> {
  return method === 'digests' ? serverDigests(connection, keys) : valueDigests(connection, keys);
}

/** The state of each key; logically expired keys are `none`. @throws NodeError. */
export async function readStates(
  connection: Connection,
  method: Method,
  keys: readonly Buffer[],
): Promise<KeyState[]> {
  // Sent together: a key has little time to change between its three answers.
  const [types, expiries, digests] = await Promise.all([
    connection.batch(keys.map((key) => ['TYPE', key])),
    readExpiries(connection, keys),
    readDigests(connection, method, keys),
  ]);
  return types.map((type, i) => {
    if (type instanceof ReplyError) throw connection.refused(type, ['TYPE']);
    const expiresAt = expiries[i] ?? GONE;
    const digest = digests[i] ?? ABSENT;
    if (type === 'none' || expiresAt === GONE || digest === ABSENT) return GONE_STATE;
    // Whether a key expires is in the servers' digests, but has its own place here.
    const bare = method === 'digests' && expiresAt !== NEVER ? withoutExpiry(digest) : digest;
    return { type: String(type), digest: bare, expiresAt };
  });
}

const GONE_STATE: KeyState = { type: 'none', digest: ABSENT, expiresAt: GONE };

/**
 * What differs; nothing if the nodes agree. Pure.
 * @param toleranceMs how far two expiries may be apart. A key that is on one node only is no difference if it has no
 * longer to live than that: the other node may just have been quicker.
 * @param now Unix milliseconds.
 */
export function differences(source: KeyState, replica: KeyState, toleranceMs: number, now: number): Kind[] {
  const dying = (state: KeyState) => state.expiresAt >= 0 && state.expiresAt - now <= toleranceMs;
  if (source.type === 'none') return replica.type === 'none' || dying(replica) ? [] : ['extra'];
  if (replica.type === 'none') return dying(source) ? [] : ['missing'];
  const kinds: Kind[] = [];
  if (source.type !== replica.type) kinds.push('type');
  else if (source.digest !== replica.digest) kinds.push('value');
  if (!sameExpiry(source.expiresAt, replica.expiresAt, toleranceMs)) kinds.push('ttl');
  return kinds;
}

/** Whether a node holds the same under a key as it did before. */
export function unchanged(before: KeyState, now: KeyState, toleranceMs: number): boolean {
  return (
    before.type === now.type &&
    before.digest === now.digest &&
    sameExpiry(before.expiresAt, now.expiresAt, toleranceMs)
  );
}
