import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedKey, channelsOf, isSetEvent, patternsOf } from '../../common/channels.ts';
import { HandshakeKeys } from '../../common/handshake-keys.ts';

test('keyevent channels announce all keys, keyspace channels one', () => {
  const keyevent = { KEY_CHANNEL: 'keyevent', KEYDB_DB: 3 } as const;
  const keyspace = { KEY_CHANNEL: 'keyspace', KEYDB_DB: 3 } as const;
  assert.deepEqual(channelsOf('k', keyevent), ['__keyevent@3__:set', '__keyevent@3__:restore']);
  assert.deepEqual(channelsOf('k', keyspace), ['__keyspace@3__:k']);
  assert.deepEqual(patternsOf('h:*', keyevent), []);
  assert.deepEqual(patternsOf('h:*', keyspace), ['__keyspace@3__:h:*']);
  const tracking = { KEY_CHANNEL: 'tracking', KEYDB_DB: 3 } as const;
  assert.deepEqual(channelsOf('k', tracking), channelsOf('k', keyspace), 'for the writer');
  assert.deepEqual(patternsOf('h:*', tracking), patternsOf('h:*', keyspace), 'for the writer');
});

test('returns the key of a notification, whatever characters it contains', () => {
  assert.equal(changedKey('__keyevent@0__:set', 'a:b'), 'a:b');
  assert.equal(changedKey('__keyspace@0__:a:b', 'set'), 'a:b');
  assert.equal(changedKey('__keyspace@0__:a:b', 'restore'), 'a:b');
  assert.equal(changedKey('__keyspace@0__:a:b', 'del'), undefined);
});

test('detects a SET of the key from the bytes of the channel and the message', () => {
  const announced = (KEY_CHANNEL: 'keyevent' | 'keyspace', messages: string[]) =>
    messages.filter((text) => isSetEvent('ключ', { KEY_CHANNEL, KEYDB_DB: 0 })(Buffer.from(text)));
  assert.deepEqual(announced('keyevent', ['ключ', 'ключ2', 'set', '']), ['ключ']);
  assert.deepEqual(announced('keyspace', ['set', 'restore', 'del', 'ключ']), ['set', 'restore']);
});

test('recognizes exactly the keys of the handshake template', () => {
  const keys = new HandshakeKeys('hand[shake]*:{service}:x');
  assert.equal(keys.glob, 'hand\\[shake\\]\\*:*:x');
  assert.ok(keys.has('hand[shake]*:sync-observer:x'));
  for (const other of ['hand[shake]*::x', 'hands*:a:x', 'hand[shake]*:a:xy', 'hand[shake]*:a b:x'])
    assert.ok(!keys.has(other), other);
  assert.deepEqual([...keys.seen], ['hand[shake]*:sync-observer:x']);
  assert.ok(new HandshakeKeys('handshake_key').has('handshake_key'));
});
