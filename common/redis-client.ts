import decoder from '@redis/client/dist/lib/RESP/decoder.js';
import { createClient } from 'redis';
import type { Access } from './client-options.ts';
import { guardDecoder } from './decoders.ts';
import type { Node } from './nodes.ts';

guardDecoder(decoder.Decoder);

export type RedisClient = ReturnType<typeof redisClient>;

/** One connection to one node: going on with another node is our own task, so the client never reconnects. */
export function redisClient({ host, port }: Node, access: Access) {
  const { timeoutMs, pingIntervalMs, db, name, tls, username, password } = access;
  return createClient({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password() }),
    RESP: 3,
    socket: {
      host,
      port,
      ...(tls && { ...tls, tls: true }),
      connectTimeout: timeoutMs,
      // Counted from the last byte sent or received: the PINGs keep a quiet connection from being taken for a hung one.
      socketTimeout: timeoutMs,
      reconnectStrategy: false,
    },
    pingInterval: pingIntervalMs,
    database: db,
    name,
    disableOfflineQueue: true,
    // The socket's timeout does it; one more timer for each command would cost more than the command.
    commandOptions: { timeout: 0 },
    // KeyDB has neither CLIENT SETINFO nor CLIENT MAINT_NOTIFICATIONS.
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
}
