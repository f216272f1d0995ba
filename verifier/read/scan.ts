/** Walks over the keys of one database of a node, in batches. */
import type { Connection } from '../node/connection.ts';
import type { Reply } from '../node/resp.ts';

export interface ScanOptions {
  /** Only keys that match this glob. */
  match?: string;
  /** How many keys to ask for at a time; asked before each call, so that it can adapt. */
  count: () => number;
  /** Waits until the node may be asked for so many keys. */
  pace: (keys: number) => Promise<void>;
}

/**
 * Yields batches of keys until all were seen. A key that is there throughout comes at least once; one that comes or
 * goes meanwhile may be missed, and when the server's table shrinks meanwhile a key may come twice.
 * @param connection nothing else may use it.
 * @throws NodeError.
 */
export async function* scanKeys(connection: Connection, options: ScanOptions): AsyncGenerator<Buffer[]> {
  let next: Promise<Reply> | undefined = askNext(connection, '0', options);
  while (next !== undefined) {
    const [cursor, keys] = (await next) as [Buffer, Buffer[]];
    // Asked ahead, so that the server finds the next keys while these are compared.
    next = cursor.equals(END) ? undefined : askNext(connection, cursor.toString('latin1'), options);
    // Whoever leaves the walk early does not wait for this, and its failure is the one that made them leave.
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
