/** What a writer's earlier runs left on the nodes that answer: a restarted writer goes on counting from there. */
import { once } from 'node:events';
import type { Access } from '../common/client-options.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Node } from '../common/nodes.ts';
import { textOrThrow } from '../common/reading.ts';
import { parseValue, type Value } from '../common/value.ts';

/** To connect, to agree on the protocol, to read: each of them may take the whole timeout of a node. */
const STEPS = 3;

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
  const ended = new AbortController();
  client.on('error', () => ended.abort());
  // A node that closes the connection before it is ready brings no error.
  client.on('end', () => ended.abort());
  // A node that says something all the time, but never what it is asked, must not hold up the first write.
  const cut = setTimeout(() => client.disconnect(), STEPS * access.timeoutMs);
  try {
    await once(client, 'ready', { signal: ended.signal });
    return textOrThrow(await client.get(key));
  } catch {
    return null;
  } finally {
    clearTimeout(cut);
    client.disconnect();
  }
}
