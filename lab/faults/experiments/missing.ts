/** Finds keys that nodes do not have. */
import { parseNode } from '../../../common/nodes.ts';
import type { NodeProcess } from '../../../operate/local/index.ts';
import { Connection } from '../../../toolkit/node/connection.ts';

const KEYS_AT_ONCE = 1_000;

/** Returns the keys that none of the nodes has. @throws Error if a node does not reply. */
export async function missingOnAll(
  nodes: readonly NodeProcess[],
  keys: readonly string[],
): Promise<string[]> {
  let missing = [...keys];
  for (const node of nodes) missing = await missingOn(node, missing);
  return missing;
}

/** Returns the keys that a node does not have. @throws Error if it does not reply. */
export async function missingOn(node: NodeProcess, keys: readonly string[]): Promise<string[]> {
  const connection = await Connection.open(parseNode(node.address));
  try {
    const missing: string[] = [];
    for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
      const some = keys.slice(start, start + KEYS_AT_ONCE);
      const values = (await connection.call(['MGET', ...some])) as (Buffer | null)[];
      missing.push(...some.filter((_, i) => values[i] === null));
    }
    return missing;
  } finally {
    connection.close();
  }
}
