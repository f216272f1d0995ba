/** Removes the benchmark's keys from given nodes. */
import { Connection } from '../raw/connection.ts';
import { databases } from './observer-process.ts';
import type { Target } from './target.ts';

const BATCH = 500;

/** Deletes on the writer's node; replication deletes on the other nodes. */
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
