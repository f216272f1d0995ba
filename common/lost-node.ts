import { shown } from './value.ts';

/**
 * A node that a service cannot work with: the connection ended, or the node rejected a command. The service fails over.
 * Every other error is a defect of this project, and ends the process.
 */
export class LostNode extends Error {
  override name = 'LostNode';

  /** @param cause the library's error, or the node's. */
  constructor(cause: Error) {
    super(reasonOf(cause), { cause });
  }
}

/** Awaits a command's reply. @throws LostNode if the command fails. */
export async function orLost<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw new LostNode(error as Error);
  }
}

/** Returns an error's message for a log line: a server's text may be long, binary, or empty. */
export function reasonOf({ message }: Error): string {
  return shown(message.trim()) || 'an error without a message';
}
