import { Redis } from 'ioredis';
import type { Access } from './client-options.ts';
import { Connector } from './ioredis-connector.ts';
import './ioredis-replies.ts';
import type { Node } from './nodes.ts';

/** One connection to one node: going on with another node is our own task, so the client never reconnects. */
export function ioredisClient({ host, port }: Node, access: Access): Redis {
  const { timeoutMs, db, name, tls, username, password } = access;
  return new Redis({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password() }),
    protocol: 3,
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
    // A node that is loading says so in its replies; the next node can be used meanwhile.
    enableReadyCheck: false,
    // KeyDB has no CLIENT SETINFO.
    disableClientInfo: true,
  });
}
