/** Concurrent writes on all nodes, of four kinds. */
import { parseNode } from '../../../common/nodes.ts';
import type { Mesh } from '../../../operate/local/index.ts';
import { Connection } from '../../../toolkit/node/connection.ts';
import { type Command, ReplyError } from '../../../toolkit/node/resp.ts';

export interface Kind {
  name: string;
  /** Prefix of all keys of this kind. */
  prefix: string;
  /** Returns the command that one node executes on a key; undefined if another node writes the key. */
  write(key: string, node: number, number: number): Command | undefined;
  /** Expected reply if no write is lost; absent if only one of the writes can remain. */
  complete?: { read: (key: string) => string[]; expected: string };
}

/** Amount by which each node increments a counter. */
const INCREMENTS = 5;
const KEYS_AT_ONCE = 50;
const NODES = 3;

export const KINDS: readonly Kind[] = [
  {
    name: 'SET on all nodes',
    prefix: 'set:',
    write: (key, node) => ['SET', key, `set on ${node}`],
  },
  {
    name: 'SET, one writing node for each key',
    prefix: 'own:',
    write: (key, node, number) => (number % NODES === node ? ['SET', key, `set on ${node}`] : undefined),
    complete: { read: (key) => ['EXISTS', key], expected: '1' },
  },
  {
    name: 'INCRBY on all nodes',
    prefix: 'incr:',
    write: (key) => ['INCRBY', key, String(INCREMENTS)],
    complete: { read: (key) => ['GET', key], expected: String(INCREMENTS * NODES) },
  },
  {
    name: 'HSET of a field for each node',
    prefix: 'hash:',
    write: (key, node) => ['HSET', key, `field ${node}`, 'value'],
    complete: { read: (key) => ['HLEN', key], expected: String(NODES) },
  },
];

/** Writes `count` keys of each kind on all nodes concurrently. @throws Error if a node rejects a write. */
export async function contend(mesh: Mesh, count: number): Promise<void> {
  const connections = await Promise.all(mesh.nodes.map((node) => Connection.open(parseNode(node.address))));
  for (const kind of KINDS) {
    for (let start = 0; start < count; start += KEYS_AT_ONCE) {
      await Promise.all(
        connections.map((connection, node) => writeSome(connection, kind, node, start, count)),
      );
    }
  }
  for (const connection of connections) connection.close();
}

/** Returns the number of keys of a kind that lack writes on the first node. */
export async function incomplete(mesh: Mesh, { prefix, complete }: Kind, count: number): Promise<number> {
  const [node] = mesh.nodes;
  if (!complete || !node) return 0;
  const connection = await Connection.open(parseNode(node.address));
  let missing = 0;
  for (let number = 0; number < count; number += 1) {
    const reply = await connection.call(complete.read(`${prefix}${number}`));
    if (String(reply) !== complete.expected) missing += 1;
  }
  connection.close();
  return missing;
}

async function writeSome(
  connection: Connection,
  { prefix, write }: Kind,
  node: number,
  start: number,
  count: number,
): Promise<void> {
  const numbers = Array.from({ length: Math.min(KEYS_AT_ONCE, count - start) }, (_, i) => start + i);
  const commands = numbers.flatMap((number) => {
    const command = write(`${prefix}${number}`, node, number);
    return command ? [command] : [];
  });
  for (const reply of await connection.batch(commands))
    if (reply instanceof ReplyError) throw connection.rejection(reply, ['a write']);
}
