/** The parts of the two client libraries that the services use, on a modeled connection. */
import type { Redis } from 'ioredis';
import type { RedisClient } from '../../common/redis-client.ts';
import type { Connection, Push } from './connection.ts';

type Callback = (error: Error | null, reply?: unknown) => void;

function request(connection: Connection, name: string, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.send({
      name,
      args: args.map(String),
      settle: (error, reply) => (error ? reject(error) : resolve(reply)),
    });
  });
}

/** A channel or a message as bytes. */
const buffers = new Map<string, Buffer>();
function bytesOf(text: string): Buffer {
  let bytes = buffers.get(text);
  if (!bytes) {
    bytes = Buffer.from(text);
    buffers.set(text, bytes);
  }
  return bytes;
}

/** Like ioredis: each command returns a promise, and calls back from it; messages are events. */
export function ioredisModel(connection: Connection): Redis {
  const listeners = new Map<string, (...args: unknown[]) => void>();
  const call = (name: string, args: unknown[]) => {
    const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
    const reply = request(connection, name, args);
    if (callback)
      reply.then(
        (result) => callback(null, result),
        (error) => callback(error),
      );
    return reply;
  };
  connection.onPush = ({ channel, message, pattern }: Push) => {
    if (pattern !== undefined) listeners.get('pmessage')?.(pattern, channel, message);
    else {
      listeners.get('messageBuffer')?.(bytesOf(channel), bytesOf(message));
      listeners.get('message')?.(channel, message);
    }
  };
  return {
    get: (...args: unknown[]) => call('GET', args),
    set: (...args: unknown[]) => call('SET', args),
    wait: (...args: unknown[]) => call('WAIT', args),
    subscribe: (...args: unknown[]) => call('SUBSCRIBE', args),
    psubscribe: (...args: unknown[]) => call('PSUBSCRIBE', args),
    client: (subcommand: string, ...args: unknown[]) => call(`CLIENT ${subcommand}`, args),
    on: (event: string, listener: (...args: unknown[]) => void) => listeners.set(event, listener),
  } as unknown as Redis;
}

/** Like node-redis: each command returns a promise that settles some steps later; tracking is an option. */
export function nodeRedisModel(connection: Connection, tracking: boolean): RedisClient {
  if (tracking) connection.tracking = connection;
  let onMessage: ((message: Buffer | string, channel: Buffer | string) => void) | undefined;
  let asBuffers = false;
  let onInvalidate: ((key: Buffer | null) => void) | undefined;
  const call = async (name: string, args: unknown[]) => {
    const reply = await request(connection, name, args);
    return await reply;
  };
  connection.onPush = ({ channel, message }: Push) => {
    if (tracking) onInvalidate?.(bytesOf(message));
    else if (asBuffers) onMessage?.(bytesOf(message), bytesOf(channel));
    else onMessage?.(message, channel);
  };
  return {
    get: (key: string) => call('GET', [key]),
    set: (key: string, value: string) => call('SET', [key, value]),
    subscribe: (channels: string[], listener: typeof onMessage, buffers: boolean) => {
      onMessage = listener;
      asBuffers = buffers;
      return call('SUBSCRIBE', channels);
    },
    on: (event: string, listener: typeof onInvalidate) => {
      if (event === 'invalidate') onInvalidate = listener;
    },
  } as unknown as RedisClient;
}
