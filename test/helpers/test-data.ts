import type { NodeProcess } from '../../local/node-process.ts';
import { insertTestData } from '../../verifier/exercise/insert.ts';
import { Connection } from '../../verifier/node/connection.ts';
import { Progress } from '../../verifier/report/progress.ts';

/** Fills a node with the verifier's test data, which is the same for the same prefix and the same `now` (Unix milliseconds). */
export async function insertAs(node: NodeProcess, prefix: string, keys: number, now: number): Promise<void> {
  const address = { host: '127.0.0.1', port: node.options.port, name: node.address };
  const connection = await Connection.open(address, {
    timeoutMs: 10_000,
    signal: new AbortController().signal,
  });
  try {
    await insertTestData(connection, { prefix, keys, now }, new Progress(undefined));
  } finally {
    connection.close();
  }
}
