/** The decoders of both libraries are reached: of a burst of notifications each passes only some on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { accessOf } from '../../common/client-options.ts';
import { conflateNotifications } from '../../common/decoders.ts';
import { ioredisClient } from '../../common/ioredis-client.ts';
import { redisClient } from '../../common/redis-client.ts';
import { readSettings } from '../../common/settings.ts';
import { connect, startMesh } from '../helpers/nodes.ts';

const WRITES = 5_000;
const CHANNEL = '__keyevent@0__:set';

test('a burst of equal notifications reaches each library as fewer, and none gets lost', async (t) => {
  conflateNotifications();
  const { nodes } = await startMesh(t, 1);
  const port = nodes[0]?.options.port ?? 0;
  const settings = readSettings({ KEYDB_NODES: `127.0.0.1:${port}` }, 'sync-observer');
  const heard = { ioredis: [] as string[], redis: [] as string[] };

  const sync = ioredisClient(settings.HOME_NODE, accessOf(settings));
  t.after(() => sync.disconnect());
  sync.on('message', (_channel, key) => heard.ioredis.push(key));
  await once(sync, 'ready');
  await sync.subscribe(CHANNEL);

  const async = redisClient(settings.HOME_NODE, accessOf(settings));
  t.after(() => async.destroy());
  async.on('error', () => {});
  await async.connect();
  await async.subscribe(CHANNEL, (key) => heard.redis.push(key));

  const writer = await connect(t, port);
  const burst = writer.pipeline().set('before', '');
  for (let i = 0; i < WRITES; i += 1) burst.set('key', String(i));
  await burst.set('after', '').exec();
  // Replies come after the notifications that were sent before them.
  await Promise.all([sync.ping(), async.ping()]);

  for (const keys of Object.values(heard)) {
    assert.deepEqual([...new Set(keys)], ['before', 'key', 'after']);
    assert.ok(keys.length < WRITES / 2, `${keys.length} of ${WRITES}`);
  }
});
