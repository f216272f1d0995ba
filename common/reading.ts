/** A read of the shared key: why it is made, and what it brings. */

/** Why the key is read: a notification came, a connection was made, or it was quiet for the recheck interval. */
export type Cause = 'notified' | 'connected' | 'recheck';

/** Of two reasons to read, the one to go by: where a notification came, nobody found the write by himself. */
export function stronger(one: Cause | undefined, other: Cause): Cause {
  return one === 'notified' ? one : other;
}

/** Stands for the reply of a node that holds another type under the key. */
export const WRONG_TYPE = Symbol('wrong type');

/** What a GET brought: the value, `null` for no such key, or that it is no string. */
export type Reply = string | null | typeof WRONG_TYPE;

/** Whether an error of GET says that the key holds another type; every other says that the node cannot be worked with. */
export function isWrongType(error: Error): boolean {
  return error.message.startsWith('WRONGTYPE');
}

/** The same for promises: the reply that the error stands for. @throws the error if it stands for none. */
export function wrongTypeOrThrow(error: Error): typeof WRONG_TYPE {
  if (isWrongType(error)) return WRONG_TYPE;
  throw error;
}
