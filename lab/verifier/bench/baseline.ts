/** The verifier's baseline: compares one key at a time, with a client library. */
import { Redis } from 'ioredis';

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
      for (const replica of replicas) equal &&= (await read(replica, key)) === value;
      if (equal) same += 1;
    }
  }
  return same;
}

async function read(node: Redis, key: Buffer): Promise<string> {
  const type = await node.type(key);
  const life = await node.pttl(key);
  // Rounds to minutes, because the nodes reply at different times.
  const expiry = life < 0 ? life : Math.round((Date.now() + life) / 60_000);
  return JSON.stringify([type, expiry, await value(node, type, key)]);
}

async function value(node: Redis, type: string, key: Buffer): Promise<unknown> {
  if (type === 'string') return (await node.getBuffer(key))?.toString('latin1');
  if (type === 'list') return node.lrange(key, 0, -1);
  if (type === 'hash') return Object.entries(await node.hgetall(key)).sort();
  if (type === 'set') return (await node.smembers(key)).sort();
  if (type === 'zset') return node.zrange(key, '0', '-1', 'WITHSCORES');
  return node.xrange(key, '-', '+');
}
