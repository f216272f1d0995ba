/** Reads the keys of the three nodes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { OBSERVERS } from '../../common/services.ts';
import { parseValue } from '../../common/value.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Access, NODES, type NodeName, type Stack } from './stack.ts';

/** Longer than the default: before the nodes agree, a node may be detected as lost, restarted, and resynchronized. */
const DEADLINE_MS = 60_000;

export function handshakeKey(observer: string): string {
  return `handshake_key:${observer}`;
}

/** Connects, sends one command, and disconnects. @throws Error of the connection, of AUTH, or of the command. */
export async function ask(
  stack: Stack,
  node: NodeName,
  access: Access,
  ...[command = 'PING', ...args]: string[]
): Promise<unknown> {
  const client = stack.connect(node, access);
  const failed = once(client, 'error').then(([error]) => Promise.reject(error));
  try {
    return await Promise.race([failed, client.call(command, ...args)]);
  } finally {
    failed.catch(() => {});
    client.disconnect();
  }
}

/** Sends the same command to all nodes. */
export async function onEachNode<T>(
  stack: Stack,
  ask: (client: Redis) => Promise<T>,
  nodes: readonly NodeName[] = NODES,
): Promise<T[]> {
  const clients = nodes.map((node) => stack.connect(node));
  try {
    return await Promise.all(
      clients.map(async (client) => {
        await connected(client);
        return ask(client);
      }),
    );
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/**
 * Waits until all nodes have the same write, newer than `afterSeq`, and the observers' handshakes for it.
 * @returns the write's numbers.
 */
export async function assertAgreed(
  stack: Stack,
  { afterSeq = 0, nodes = NODES as readonly NodeName[], observers = OBSERVERS as readonly string[] } = {},
): Promise<{ seq: number; timestamp: number }> {
  return eventually(async () => {
    const keys = ['shared_key', ...observers.map(handshakeKey)];
    const held = await onEachNode(stack, (client) => client.mget(keys), nodes);
    for (const values of held) assert.deepEqual(values, held[0]);
    const [write, ...handshakes] = (held[0] ?? []).map((text) => numbers(text));
    for (const { seq } of handshakes) assert.equal(seq, write?.seq);
    assert.ok(write !== undefined && write.seq > afterSeq, `seq ${write?.seq} is not above ${afterSeq}`);
    return write;
  }, DEADLINE_MS);
}

function numbers(text: string | null): { seq: number; timestamp: number } {
  const parsed = parseValue(text ?? '');
  assert.ok(parsed.ok && parsed.value.seq !== undefined, `no value with a sequence number: ${text}`);
  return { seq: parsed.value.seq, timestamp: parsed.value.timestamp };
}

/** Waits for the first success or failure of the connection. */
function connected(client: Redis): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve).once('error', reject);
  });
}
