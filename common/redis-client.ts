import { createClient } from 'redis';
import type { Access } from './client-options.ts';
import type { Node } from './nodes.ts';

/**
 * Never connects; all clients are its duplicates. `createClient` builds a class with every command again if its options differ
 * from the last ones, as those of another node do. This takes 100 ms and more, and delayed each failover.
 */
const template = createClient({ RESP: 3 });

export type RedisClient = ReturnType<typeof redisClient>;

/**
 * Opens one connection to one node. It never reconnects, because the services fail over to the next node instead.
 * @param tracking whether the node sends an `invalidate` event when a key that was read changes (CLIENT TRACKING).
 */
export function redisClient({ host, port }: Node, access: Access, tracking = false) {
  const { timeoutMs, pingIntervalMs, db, name, tls, username, password } = access;
  return template.duplicate({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password() }),
    emitInvalidate: tracking,
    socket: {
      host,
      port,
      ...(tls && { ...tls, tls: true }),
      connectTimeout: timeoutMs,
      // Counted from the last byte sent or received: the PINGs keep a quiet connection from looking like a hung one.
      socketTimeout: timeoutMs,
      reconnectStrategy: false,
    },
    pingInterval: pingIntervalMs,
    database: db,
    name,
    disableOfflineQueue: true,
    // The socket's timeout covers it; a timer for each command would cost more than the command.
    commandOptions: { timeout: 0 },
    // KeyDB has neither CLIENT SETINFO nor CLIENT MAINT_NOTIFICATIONS.
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
}

/**
 * Wraps a listener for node-redis, which reports an error of a listener as an error of the connection. The wrapper throws
 * the error outside the library, so that it ends the process.
 */
export function listener<Args extends unknown[]>(listen: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      listen(...args);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };
}
