import { createClient } from 'redis';
import type { Access } from './client-options.ts';
import type { Node } from './nodes.ts';

export type RedisClient = ReturnType<typeof redisClient>;

/**
 * Opens one connection to one node. It never reconnects, because the services fail over to the next node instead.
 * @param tracking whether the node sends an `invalidate` event when a key that was read changes (CLIENT TRACKING).
 */
export function redisClient({ host, port }: Node, access: Access, tracking = false) {
  const { timeoutMs, pingIntervalMs, db, name, tls, username, password } = access;
  return createClient({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password() }),
    RESP: 3,
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
