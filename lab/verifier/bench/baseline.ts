/** The verifier's baseline: compares one key at a time, with a client library. */
import { Redis } from 'ioredis';

const EXPIRY_TOLERANCE_MS = 60_000;

/** Compares keys of the first node with the other nodes. @returns the number of equal keys. */
export async function compareOneByOne(addresses: string, keys: number): Promise<number> {
  const clients = addresses.split(',').map((address) => {
    const [host = '', port] = address.split(':');
    return new Redis({ host, port: Number(port), disableClientInfo: true });
  });
  try {
    return await compare(clients, keys);
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function compare([source, ...replicas]: Redis[], keys: number): Promise<number> {
  let same = 0;
  let seen = 0;
  for await (const batch of source?.scanBufferStream() ?? []) {
    for (const key of batch as Buffer[]) {
      if (seen++ === keys) return same;
      const value = source && (await read(source, key));
      let equal = true;
      for (const replica of replicas) equal &&= sameState(value, await read(replica, key));
      if (equal) same += 1;
    }
  }
  return same;
}

interface State {
  /** Type and value, as JSON. */
  content: string;
  /** Expiry in Unix milliseconds; negative if there is none. */
  expiresAt: number;
}

async function read(node: Redis, key: Buffer): Promise<State> {
  const type = await node.type(key);
  const life = await node.pttl(key);
  const expiresAt = life < 0 ? life : Date.now() + life;
  return { content: JSON.stringify([type, await value(node, type, key)]), expiresAt };
}

/** The expiries may differ, because the replies arrive later on a busy machine. */
function sameState(one: State | undefined, other: State): boolean {
  return one?.content === other.content && Math.abs(one.expiresAt - other.expiresAt) <= EXPIRY_TOLERANCE_MS;
}

async function value(node: Redis, type: string, key: Buffer): Promise<unknown> {
  if (type === 'string') return (await node.getBuffer(key))?.toString('latin1');
  if (type === 'list') return node.lrange(key, 0, -1);
  if (type === 'hash') return Object.entries(await node.hgetall(key)).sort();
  if (type === 'set') return (await node.smembers(key)).sort();
  if (type === 'zset') return node.zrange(key, '0', '-1', 'WITHSCORES');
  return node.xrange(key, '-', '+');
}
