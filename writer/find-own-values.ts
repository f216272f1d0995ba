/** What a writer's earlier runs left on the nodes that answer: a restarted writer goes on counting from there. */
import { once } from 'node:events';
import type { Access } from '../common/client-options.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Node } from '../common/nodes.ts';
import { parseValue, type Value } from '../common/value.ts';

/** All values that writer `name` left under `key`, one per reachable node; nodes that do not answer are passed over. */
export async function findOwnValues(
  name: string,
  key: string,
  nodes: readonly Node[],
  access: Access,
): Promise<Value[]> {
  const texts = await Promise.all(nodes.map((node) => readKey(node, key, access)));
  return texts.flatMap((text) => {
    const parsed = parseValue(text ?? '');
    return parsed.ok && parsed.value.name === name ? [parsed.value] : [];
  });
}

async function readKey(node: Node, key: string, access: Access): Promise<string | null> {
  const client = ioredisClient(node, access);
  // An error rejects what is awaited below; without a listener a later one would end the process.
  client.on('error', () => {});
  try {
    await once(client, 'ready');
    return await client.get(key);
  } catch {
    return null;
  } finally {
    client.disconnect();
  }
}
