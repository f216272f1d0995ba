/** Tests each user on a real node: permitted commands succeed, and all others are rejected. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Redis } from 'ioredis';
import { OBSERVERS, type Service } from '../../common/services.ts';
import { USER_NAMES, type UserName } from '../../operate/security/users.ts';
import { engine } from '../helpers/nodes.ts';
import { clientOf, startSecureMesh } from './secure-mesh.ts';

/** Redis 7 rejects DEBUG for every user, before it checks the user's rights. */
const REJECTED = /^NOPERM |DEBUG command not allowed/;

/** Commands that can stop or expose a system. Only the admin may run them. */
const DANGEROUS = [
  'FLUSHALL',
  'SHUTDOWN NOSAVE',
  'CONFIG GET *',
  'CONFIG SET maxmemory 1',
  'ACL LIST',
  'ACL SETUSER writer ~*',
  'CLIENT LIST',
  'CLIENT KILL TYPE normal',
  'REPLICAOF NO ONE',
  'BGSAVE',
  'MONITOR',
  'KEYS *',
  'DEL shared_key',
  'DEBUG OBJECT shared_key',
  'SCRIPT FLUSH',
  'PUBLISH __keyevent@0__:set shared_key',
];
const READ_SOME = ['GET shared_key', 'SUBSCRIBE __keyevent@0__:set __keyevent@0__:restore'];
const NO_OBSERVERS_BUSINESS = [
  'GET private',
  'SET private 1',
  'GETSET shared_key 1',
  'SUBSCRIBE __keyevent@0__:del',
  'SUBSCRIBE __keyspace@0__:private',
  'PSUBSCRIBE *',
  'PSYNC ? -1',
  'SCAN 0',
  'INFO',
  'WAIT 0 1',
  'SELECT 1',
];

interface Rights {
  may: string[];
  mayNot: string[];
}

const CASES: Record<Exclude<UserName, 'admin'>, Rights> = {
  ...(Object.fromEntries(OBSERVERS.map((name) => [name, rightsOf(name)])) as Record<Service, Rights>),

  writer: {
    may: ['SET shared_key 1', 'GET handshake_key:sync-observer', 'WAIT 0 1', ...READ_SOME, 'PING'],
    mayNot: NO_OBSERVERS_BUSINESS.filter((command) => command !== 'WAIT 0 1'),
  },
  replication: {
    may: ['PING', 'REPLCONF listening-port 1'],
    mayNot: [
      'GET shared_key',
      'SET shared_key 1',
      'SCAN 0',
      'SUBSCRIBE __keyevent@0__:set',
      'INFO',
      'SELECT 1',
    ],
  },
  monitor: {
    may: [
      'PING',
      'INFO',
      'INFO replication',
      'SLOWLOG GET 1',
      'GET shared_key',
      'HSET canary:a:1 monitor 1',
      'HGET canary:a:1 monitor',
      'SUBSCRIBE __keyspace@0__:canary:a:1',
      'GET update_interval',
      'CLIENT TRACKING OFF',
    ],
    mayNot: [
      'SET shared_key 1',
      'SET update_interval 1',
      'DEL update_interval',
      'SET canary:a:1 1',
      'HSET private monitor 1',
      'GET private',
      'SLOWLOG RESET',
      'SCAN 0',
      'SUBSCRIBE __keyevent@0__:set',
      'SUBSCRIBE __keyspace@0__:private',
      'PSUBSCRIBE *',
      'PSYNC ? -1',
      'SELECT 1',
    ],
  },
  operator: {
    may: ['PING', 'SET update_interval 1', 'DEL update_interval'],
    mayNot: ['SET shared_key 1', 'SET private 1', 'HSET canary:a:1 monitor 1', ...NO_OBSERVERS_BUSINESS],
  },
  table: {
    may: [
      'HSET {shop.users}:1 name a',
      'SADD {shop.users}:rows 1',
      'SET schema:{shop} 1',
      'SADD table:tables shop.users',
      'SET table:home 0',
      'SCAN 0 COUNT 1',
      'SELECT 1',
      'SELECT 0',
      'MULTI',
      'DISCARD',
      'INFO',
      'MODULE LIST',
      'COMMAND COUNT',
      'SCRIPT EXISTS 0000000000000000000000000000000000000000',
    ],
    mayNot: [
      'GET shared_key',
      'SET shared_key 1',
      'HSET private a 1',
      'EVAL return 0',
      'CLIENT TRACKING ON',
      'SUBSCRIBE __keyevent@0__:set',
      'PSYNC ? -1',
      'WAIT 0 1',
    ],
  },
  verifier: {
    may: ['GET shared_key', 'TYPE private', 'SCAN 0', 'SELECT 1', 'SELECT 0', 'INFO', 'DUMP private', 'TIME'],
    mayNot: [
      'SET shared_key 1',
      'EXPIRE private 1',
      'RESTORE private 0 x',
      'SUBSCRIBE a',
      'PSYNC ? -1',
      'PSUBSCRIBE *',
    ],
  },
};

test('users on a node', async (t) => {
  const secure = await startSecureMesh(t, 1);
  const [node] = secure.mesh.nodes;
  assert.ok(node);
  const admin = await clientOf(t, secure, 'admin', node);
  await admin.mset('private', 'secret', 'shared_key', '0');

  await t.test('no other user exists, and the default user is off', async () => {
    const list = (await admin.call('ACL', 'LIST')) as string[];
    assert.deepEqual(list.map((line) => line.split(' ')[1]).sort(), ['default', ...USER_NAMES].sort());
    assert.match(list.find((line) => line.startsWith('user default ')) ?? '', /^user default off /);
  });

  for (const [user, { may, mayNot }] of Object.entries(CASES) as [UserName, Rights][]) {
    await t.test(`${user}: can run the commands of its task`, async (t) => {
      const client = await clientOf(t, secure, user, node);
      for (const command of may) assert.equal(await rejection(client, command), undefined, command);
    });
    await t.test(`${user}: cannot run any other command`, async (t) => {
      const client = await clientOf(t, secure, user, node);
      const before = await admin.mget('private', 'shared_key');
      for (const command of [...mayNot, ...DANGEROUS]) {
        assert.match((await rejection(client, command)) ?? 'no error', REJECTED, command);
      }
      assert.deepEqual(await admin.mget('private', 'shared_key'), before);
    });
  }

  await t.test('monitor: cannot change the shared key with the command for its canaries', async (t) => {
    const client = await clientOf(t, secure, 'monitor', node);
    await admin.set('shared_key', 'kept');
    assert.match((await rejection(client, 'HSET shared_key monitor 1')) ?? 'no error', /^WRONGTYPE /);
    assert.equal(await client.get('shared_key'), 'kept');
  });

  await t.test('verifier: can run DEBUG DIGEST-VALUE and no other DEBUG command', async (t) => {
    const client = await clientOf(t, secure, 'verifier', node);
    const reply = await rejection(client, 'DEBUG DIGEST-VALUE private');
    if (engine.multiMaster) assert.equal(reply, undefined);
    else assert.match(reply ?? '', /DEBUG command not allowed/);
    assert.match((await rejection(client, 'DEBUG SLEEP 0')) ?? 'no error', REJECTED);
  });

  await t.test('admin: can run all commands', async () => {
    for (const command of ['CONFIG GET port', 'ACL LIST', 'DEL private', 'PSUBSCRIBE *', 'SELECT 1']) {
      assert.equal(await rejection(admin, command), undefined, command);
    }
  });
});

/** Returns the node's error for a command, or `undefined` if it succeeded. */
async function rejection(client: Redis, line: string): Promise<string | undefined> {
  const [name = '', ...args] = line.split(' ');
  // A subscribed RESP3 connection accepts other commands, but ioredis does not, so use a second connection.
  if (/^P?SUBSCRIBE$/.test(name)) return rejectionOf(() => subscribe(client, name, args));
  return rejectionOf(() => client.call(name, ...args));
}

async function subscribe(client: Redis, name: string, channels: string[]): Promise<void> {
  const own = client.duplicate({ lazyConnect: true });
  own.on('error', () => {});
  try {
    await own.connect();
    await (name === 'SUBSCRIBE' ? own.subscribe(...channels) : own.psubscribe(...channels));
  } finally {
    own.disconnect();
  }
}

async function rejectionOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function rightsOf(observer: Service): Rights {
  const others = OBSERVERS.filter((name) => name !== observer).map((name) => `handshake_key:${name}`);
  const own = [`handshake_key:${observer}`, `handshake_key:${observer}-2`];
  return {
    may: [...own.map((key) => `SET ${key} 1`), ...READ_SOME, 'PING'],
    mayNot: [...others.flatMap((key) => [`SET ${key} 1`, `GET ${key}`]), ...NO_OBSERVERS_BUSINESS],
  };
}
