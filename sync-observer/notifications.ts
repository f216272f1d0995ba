/** Subscribes a sync-observer to notifications of new values of the shared key: by channel or by CLIENT TRACKING. */
import type { Redis } from 'ioredis';
import { channelsOf, isSetEvent } from '../common/channels.ts';
import type { Settings } from '../common/settings.ts';

const INVALIDATIONS = '__redis__:invalidate';

/** The connections to one node. */
export interface Connections {
  /** Sends the commands. */
  client: Redis;
  /** Receives the notifications: the same connection, or with KEY_CHANNEL=tracking a RESP2 connection of its own. */
  notified: Redis;
}

/**
 * Subscribes to notifications of new values.
 * @param onNotified called for each notification.
 * @param done called back once the node announces the next write, or with the node's error.
 */
export function subscribe(
  connections: Connections,
  settings: Settings,
  onNotified: () => void,
  done: (error?: Error | null) => void,
): void {
  if (settings.KEY_CHANNEL === 'tracking') track(connections, onNotified, done);
  else listen(connections.notified, settings, onNotified, done);
}

function listen(
  notified: Redis,
  settings: Settings,
  onNotified: () => void,
  done: (error?: Error | null) => void,
): void {
  const isSet = isSetEvent(settings.SHARED_KEY, settings);
  notified.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
    if (isSet(message)) onNotified();
  });
  notified.subscribe(...channelsOf(settings.SHARED_KEY, settings), done);
}

/** Each read of the shared key on `client` lets the node send one message, at the key's next change. */
function track(
  { client, notified }: Connections,
  onNotified: () => void,
  done: (error?: Error | null) => void,
): void {
  notified.on('messageBuffer', onNotified);
  notified.client('ID', (error, id = 0) => {
    if (error) return done(error);
    notified.subscribe(INVALIDATIONS, (error) => {
      if (error) return done(error);
      client.client('TRACKING', 'ON', 'REDIRECT', id, done);
    });
  });
}
