/** The connections to one node, lost together. By callbacks. */
import type { Redis } from 'ioredis';
import { type Access, noAnswer } from '../common/client-options.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Node } from '../common/nodes.ts';

export interface Session {
  /** Sends the commands. */
  client: Redis;
  /** Receives the notifications: the same connection, or with KEY_CHANNEL=tracking a RESP2 connection of its own. */
  notified: Redis;
  /** Ends the session as a loss of the node. */
  lose(error: Error): void;
  /** Ends the session without a call back. */
  close(): void;
}

/** Opens the connections to a node, lost together. Calls back once all are ready, and once when the node is lost. */
export function connect(
  node: Node,
  access: Access,
  tracking: boolean,
  { onReady, onLost }: { onReady(): void; onLost(error: Error): void },
): Session {
  const client = ioredisClient(node, access);
  const notified = tracking ? ioredisClient(node, access, 2) : client;
  const clients = new Set([client, notified]);
  let waiting = clients.size;
  let ended = false;

  const close = () => {
    ended = true;
    for (const timer of timers) clearTimeout(timer);
    for (const one of clients) one.disconnect();
  };
  const lose = (error: Error) => {
    if (ended) return;
    close();
    onLost(error);
  };
  const timers = [...clients].flatMap((one) => watch(one, access, lose));
  for (const one of clients) {
    one.on('ready', () => {
      waiting -= 1;
      if (waiting === 0 && !ended) onReady();
    });
  }
  return { client, notified, lose, close };
}

/** Reports the loss of a connection. @returns the timers to clear at its end. */
function watch(client: Redis, access: Access, lose: (error: Error) => void): NodeJS.Timeout[] {
  // Also when the library would continue: after an unsolicited reply it matches each later reply to the wrong command.
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection was closed')));
  const deadline = setTimeout(() => lose(noAnswer(access)), access.answerTimeoutMs);
  const ping = () => client.ping((error) => error ?? deadline.refresh());
  return [deadline, setInterval(ping, access.pingIntervalMs)];
}
