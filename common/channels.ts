/**
 * Which channels tell that a key was set. A node publishes `set` for SET, and `restore` for what it takes over from
 * another node in a resynchronisation.
 */
import type { Settings } from './settings.ts';

const EVENTS = ['set', 'restore'] as const;

type ChannelSettings = Pick<Settings, 'KEY_CHANNEL' | 'KEYDB_DB'>;

/** The channels to subscribe to in order to hear of `key`. */
export function channelsOf(key: string, { KEY_CHANNEL, KEYDB_DB }: ChannelSettings): string[] {
  return KEY_CHANNEL === 'keyevent'
    ? EVENTS.map((event) => `__keyevent@${KEYDB_DB}__:${event}`)
    : [`__keyspace@${KEYDB_DB}__:${key}`];
}

/** The patterns to subscribe to besides in order to hear of keys that match `glob`; none where all keys are heard of. */
export function patternsOf(glob: string, { KEY_CHANNEL, KEYDB_DB }: ChannelSettings): string[] {
  return KEY_CHANNEL === 'keyevent' ? [] : [`__keyspace@${KEYDB_DB}__:${glob}`];
}

/**
 * Tells whether a message on one of the channels of `key` says that it was set. Every notification of a flood comes by
 * here, so the bytes are compared as they came: no string is made of them.
 */
export function tellsOfSet(key: string, { KEY_CHANNEL }: ChannelSettings): (message: Buffer) => boolean {
  const expected = (KEY_CHANNEL === 'keyevent' ? [key] : EVENTS).map((text) => Buffer.from(text));
  return (message) => expected.some((bytes) => bytes.equals(message));
}

/** The key that a notification is about; `undefined` if it tells of another event than a set. */
export function changedKey(channel: string, message: string): string | undefined {
  if (channel.startsWith('__keyevent@')) return message;
  return (EVENTS as readonly string[]).includes(message)
    ? channel.slice(channel.indexOf(':') + 1)
    : undefined;
}
