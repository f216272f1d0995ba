/** Removes what the benchmark wrote to nodes that are not its own. */
import { Connection } from '../raw/connection.ts';
import { databases } from './observer-process.ts';
import type { Target } from './target.ts';

const BATCH = 500;

/** Deletes on the node that wrote: the mesh passes it on. */
export async function removeKeys({ writeTo }: Target): Promise<void> {
  for (const db of databases) {
    const connection = await Connection.open(writeTo, db);
    const keys = await connection.call('KEYS', 'bench:*');
    for (let at = 0; Array.isArray(keys) && at < keys.length; at += BATCH) {
      await connection.call('DEL', ...keys.slice(at, at + BATCH).map(String));
    }
    connection.close();
  }
}
