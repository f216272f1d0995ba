/** The monitor on a primary that cannot save a snapshot. */
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { RunningMonitor } from './running-monitor.ts';

test('a primary whose snapshot fails rejects PING, but is up', async (t) => {
  const {
    nodes: [primary],
  } = await startMesh(t, 1);
  assert.ok(primary);
  const node = primary.address;
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: node });
  await monitor.has('keydb_last_save_ok', { node }, 1);
  const file = join(primary.options.folder, 'dump.rdb');
  await rm(file, { force: true });
  await mkdir(file);
  const client = await connect(t, primary.options.port);
  await eventually(() => client.bgsave());
  await monitor.has('keydb_last_save_ok', { node }, 0);
  await assert.rejects(client.ping(), /^ReplyError: MISCONF /);
  await monitor.has('keydb_up', { node }, 1);
});
