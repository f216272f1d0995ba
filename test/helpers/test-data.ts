import { insertTestData } from '../../lab/verifier/insert/insert.ts';
import type { NodeProcess } from '../../operate/local/node-process.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { Progress } from '../../toolkit/progress.ts';

/** Fills a node with the verifier's test data, which depends only on the prefix and `now` (Unix milliseconds). */
export async function insertAs(node: NodeProcess, prefix: string, keys: number, now: number): Promise<void> {
  const address = { host: '127.0.0.1', port: node.options.port, name: node.address };
  const connection = await Connection.open(address);
  try {
    await insertTestData(connection, { prefix, keys, now }, new Progress(undefined));
  } finally {
    connection.close();
  }
}
