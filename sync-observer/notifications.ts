/** Subscribes a sync-observer to notifications of new values of the shared key: by channel or by CLIENT TRACKING. */
import type { Redis } from 'ioredis';
import { channelsOf, isSetEvent } from '../common/channels.ts';
import type { Cause } from '../common/reading.ts';
import type { Settings } from '../common/settings.ts';
import type { Session } from './session.ts';
import type { WriteNode } from './write-node.ts';

const INVALIDATIONS = '__redis__:invalidate';

/** What an observer works with: the connections to its node, and the node that receives its handshakes. */
export interface Connections extends Pick<Session, 'client' | 'notified'> {
  writeNode: WriteNode;
}

/**
 * Subscribes to notifications of new values.
 * @param wake called for each notification, and when the handshake for the last value can be sent again.
 * @param done called back once the node announces the next write, or with the node's error.
 */
export function subscribe(
  connections: Connections,
  settings: Settings,
  wake: (cause: Cause) => void,
  done: (error?: Error | null) => void,
): void {
  const onNotified = () => wake('notified');
  const onSubscribed = (error?: Error | null) => {
    connections.writeNode.onBack = () => wake('recheck');
    done(error);
  };
  if (settings.KEY_CHANNEL === 'tracking') track(connections, onNotified, onSubscribed);
  else listen(connections.notified, settings, onNotified, onSubscribed);
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
