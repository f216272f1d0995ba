/** Removes the benchmark's keys from given nodes. */
import { connect } from '../raw/connect.ts';
import { databases } from './observer-process.ts';
import type { Target } from './target.ts';

const BATCH = 500;

/** Deletes on the writer's node; replication deletes on the other nodes. */
export async function removeKeys({ writeTo }: Target): Promise<void> {
  for (const db of databases) {
    const connection = await connect(writeTo, db);
    const keys = (await connection.call(['KEYS', 'bench:*'])) as Buffer[];
    for (let at = 0; at < keys.length; at += BATCH) {
      await connection.call(['DEL', ...keys.slice(at, at + BATCH)]);
    }
    connection.close();
  }
}
