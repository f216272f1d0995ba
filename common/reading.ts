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

/** Whether a GET brought what a GET can bring; a server that is broken may answer with any type. */
export function isText(reply: unknown): reply is string | null {
  return reply === null || typeof reply === 'string';
}

/** What to say of a server that answers with another type. */
export const NO_TEXT = 'GET was answered with what is no string';

/** The same for promises. @throws Error if the reply is no text. */
export function textOrThrow(reply: unknown): string | null {
  if (isText(reply)) return reply;
  throw new Error(NO_TEXT);
}

/** The same for promises: the reply that the error stands for. @throws the error if it stands for none. */
export function wrongTypeOrThrow(error: Error): typeof WRONG_TYPE {
  if (isWrongType(error)) return WRONG_TYPE;
  throw error;
}
