/** Scans the keys of one database of a node, in batches. */
import type { Connection } from './connection.ts';
import type { Reply } from './resp.ts';

export interface ScanOptions {
  /** Glob that keys must match. */
  match?: string;
  /** Returns the number of keys to request. Called before each request, so that the number can adapt. */
  count: () => number;
  /** Waits until this number of keys may be requested from the node. */
  pace: (keys: number) => Promise<void>;
}

/**
 * Yields batches of keys until the scan is complete. A key that exists throughout is returned at least once. A key that
 * is created or deleted during the scan may be missed. A key may be returned twice when the server's table shrinks.
 * @param connection must have no other user.
 * @throws NodeError.
 */
export async function* scanKeys(connection: Connection, options: ScanOptions): AsyncGenerator<Buffer[]> {
  let next: Promise<Reply> | undefined = askNext(connection, '0', options);
  while (next !== undefined) {
    const [cursor, keys] = (await next) as [Buffer, Buffer[]];
    // Requests the next keys in advance, so that the server finds them during the comparison.
    next = cursor.equals(END) ? undefined : askNext(connection, cursor.toString('latin1'), options);
    // A consumer that stops early does not await this call. Ignore its error: it is the error that stopped the
    // consumer.
    next?.catch(() => {});
    if (keys.length > 0) yield keys;
  }
}

const END = Buffer.from('0');

async function askNext(connection: Connection, cursor: string, options: ScanOptions): Promise<Reply> {
  const { match, count, pace } = options;
  const keys = count();
  await pace(keys);
  return connection.call([
    'SCAN',
    cursor,
    'COUNT',
    `${keys}`,
    ...(match === undefined ? [] : ['MATCH', match]),
  ]);
}
