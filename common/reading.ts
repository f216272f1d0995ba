/** A read of the shared key: its cause, and its reply. */
import { LostNode } from './lost-node.ts';

/**
 * Why the key is read: a notification arrived, a connection was made, or `recheck`: no read took place for the recheck
 * interval, or a write node is reachable again.
 */
export type Cause = 'notified' | 'connected' | 'recheck';

/** Returns the cause to record. `notified` takes precedence, because a write that was announced is not a catch-up. */
export function stronger(one: Cause | undefined, other: Cause): Cause {
  return one === 'notified' ? one : other;
}

/** The reply of a node whose key contains another type. */
export const WRONG_TYPE = Symbol('wrong type');

/** The reply to a GET: the value, `null` for no such key, or WRONG_TYPE. */
export type Reply = string | null | typeof WRONG_TYPE;

/**
 * Converts what a GET called back with.
 * @throws LostNode if the node cannot be worked with.
 */
export function replyOf(error: Error | null | undefined, reply: unknown): Reply {
  if (error?.message.startsWith('WRONGTYPE')) return WRONG_TYPE;
  if (error) throw new LostNode(error);
  if (reply === null || reply === undefined) return null;
  if (typeof reply === 'string') return reply;
  // A broken server may reply with any type.
  throw new LostNode(new Error('GET was answered with a reply that is not a string'));
}

/** The same for a promise. @throws LostNode if the node cannot be worked with. */
export function replyTo(get: Promise<unknown>): Promise<Reply> {
  return get.then(
    (reply) => replyOf(null, reply),
    (error) => replyOf(error, null),
  );
}
