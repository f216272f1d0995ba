/**
 * The channels on which a node announces that a key was set. A node publishes `set` for SET, and `restore` for data that
 * it receives in a resynchronization. With KEY_CHANNEL=tracking, observers use no channel; the writer, which cannot track
 * handshake keys that it does not know yet, subscribes as with `keyspace`.
 */
import type { Settings } from './settings.ts';

const EVENTS = ['set', 'restore'] as const;

type ChannelSettings = Pick<Settings, 'KEY_CHANNEL' | 'KEYDB_DB'>;

/** Returns the channels that announce writes of `key`. */
export function channelsOf(key: string, { KEY_CHANNEL, KEYDB_DB }: ChannelSettings): string[] {
  return KEY_CHANNEL === 'keyevent'
    ? EVENTS.map((event) => `__keyevent@${KEYDB_DB}__:${event}`)
    : [`__keyspace@${KEYDB_DB}__:${key}`];
}

/** Returns the patterns to subscribe to as well for keys that match `glob`; none if the channels announce all keys. */
export function patternsOf(glob: string, { KEY_CHANNEL, KEYDB_DB }: ChannelSettings): string[] {
  return KEY_CHANNEL === 'keyevent' ? [] : [`__keyspace@${KEYDB_DB}__:${glob}`];
}

/**
 * Returns a test for messages on the channels of `key`: does the message announce that the key was set? It compares
 * bytes, because every notification of a maximum-rate load passes through it and a string for each would cost more.
 */
export function isSetEvent(key: string, { KEY_CHANNEL }: ChannelSettings): (message: Buffer) => boolean {
  const expected = (KEY_CHANNEL === 'keyevent' ? [key] : EVENTS).map((text) => Buffer.from(text));
  return (message) => expected.some((bytes) => bytes.equals(message));
}

/** Returns the key that a notification is about; `undefined` if it announces another event than a set. */
export function changedKey(channel: string, message: string): string | undefined {
  if (channel.startsWith('__keyevent@')) return message;
  return (EVENTS as readonly string[]).includes(message)
    ? channel.slice(channel.indexOf(':') + 1)
    : undefined;
}
