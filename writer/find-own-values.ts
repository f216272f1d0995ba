/** Reads the values that a writer's earlier runs left on the reachable nodes: a restarted writer continues from these. */
import { once } from 'node:events';
import type { Access } from '../common/client-options.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import { LostNode, orLost } from '../common/lost-node.ts';
import type { Node } from '../common/nodes.ts';
import { replyTo } from '../common/reading.ts';
import { parseValue, type Value } from '../common/value.ts';

/** Connecting, the handshake of the protocol, and the read: each may take the whole timeout of a node. */
const STEPS = 3;

/** Returns all values that writer `name` left under `key`, one per reachable node; skips nodes that do not answer. */
export async function findOwnValues(
  name: string,
  key: string,
  nodes: readonly Node[],
  access: Access,
): Promise<Value[]> {
  const texts = await Promise.all(nodes.map((node) => readKey(node, key, access)));
  return texts.flatMap((text) => {
    const parsed = parseValue(text);
    return parsed.ok && parsed.value.name === name ? [parsed.value] : [];
  });
}

async function readKey(node: Node, key: string, access: Access): Promise<string> {
  const client = ioredisClient(node, access);
  const ended = new AbortController();
  client.on('error', () => ended.abort());
  // A node that closes the connection before it is ready causes no error.
  client.on('end', () => ended.abort());
  // A node that keeps sending data but does not answer must not delay the first write.
  const cut = setTimeout(() => client.disconnect(), STEPS * access.timeoutMs);
  try {
    await orLost(once(client, 'ready', { signal: ended.signal }));
    const reply = await replyTo(client.get(key));
    return typeof reply === 'string' ? reply : '';
  } catch (error) {
    if (error instanceof LostNode) return '';
    throw error;
  } finally {
    clearTimeout(cut);
    client.disconnect();
  }
}
