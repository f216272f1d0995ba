import { Redis } from 'ioredis';
import type { Access } from './client-options.ts';
import { Connector } from './ioredis-connector.ts';
import type { Node } from './nodes.ts';

/**
 * Opens one connection to one node. It never reconnects, because the services fail over to the next node instead.
 * @param protocol RESP version. CLIENT TRACKING needs a RESP2 connection, because ioredis drops `invalidate` pushes of RESP3.
 */
export function ioredisClient({ host, port }: Node, access: Access, protocol: 2 | 3 = 3): Redis {
  const { timeoutMs, db, name, tls, username, password } = access;
  return new Redis({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password() }),
    protocol,
    Connector,
    host,
    port,
    ...(tls && { tls }),
    connectTimeout: timeoutMs,
    // Counted from a command that waits for its reply: the PINGs make sure that a hung node is asked something.
    socketTimeout: timeoutMs,
    retryStrategy: null,
    db,
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A loading node reports that in its replies, and the service can use the next node.
    enableReadyCheck: false,
    // KeyDB has no CLIENT SETINFO.
    disableClientInfo: true,
  });
}
