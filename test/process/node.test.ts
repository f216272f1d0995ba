/** Tests a local node that cannot start. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeProcess } from '../../operate/local/node-process.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { engine } from '../helpers/nodes.ts';

/** Returns the resources that keep the event loop of this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('a failed start reports the reason, and leaves no client that retries', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'node-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [port = 0] = await freePorts(1);
  const extra = { 'no-such-setting': 'yes' };
  const before = timers();
  const node = new NodeProcess({ engine, port, folder, replicaOf: [], extra });
  await assert.rejects(
    node.start(),
    new RegExp(`^Error: node ${node.address} ended at its start: .*no-such-setting`),
  );
  await eventually(() => assert.equal(timers(), before));
});
