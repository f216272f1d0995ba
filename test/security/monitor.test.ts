/** Tests that the monitor works over TLS, with exactly the rights of its user. */
import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pairsOf, RunningMonitor } from '../monitor/running-monitor.ts';
import { LiveClient } from '../page/live-client.ts';
import { clientOf, type SecureMesh, startSecureMesh, temporaryFolder } from './secure-mesh.ts';

for (const [settings, env] of [
  ['the default settings', {}],
  ['another key and database', { SHARED_KEY: 'shared*[1]', KEYDB_DB: '3' }],
] as const) {
  test(`the monitor on a secure mesh, with ${settings}`, async (t) => {
    const secure = await startSecureMesh(t, 3, env);
    const { mesh } = secure;
    const names = mesh.nodes.map(({ address }) => address);
    const clients = await Promise.all(mesh.nodes.map((node) => clientOf(t, secure, 'admin', node)));
    const [admin] = clients;
    assert.ok(admin);
    const { SHARED_KEY = 'shared_key', KEYDB_DB = '0' } = env as Record<string, string>;
    await admin.select(Number(KEYDB_DB));
    await admin.set(SHARED_KEY, 'Writer seq 7 micros 1725543675123456 timestamp 1725543675');

    const monitor = await RunningMonitor.start(t, {
      ...secure.settings('monitor'),
      ...operatorOf(secure),
      KEYDB_NODES: mesh.addresses,
      WRITE_NODES: mesh.writable,
    });
    const directions = pairsOf(names).filter(([from]) => mesh.writable.includes(from));
    await Promise.all(directions.map(([from, to]) => monitor.receives(from, to, 2)));
    for (const node of names) await monitor.has('mesh_node_seq', { node }, 7);
    for (const node of names)
      assert.equal(typeof (await monitor.value('keydb_slowlog_entries_total', { node })), 'number');
    const page = await LiveClient.open(t, monitor.port);
    const node = mesh.nodes[0]?.address ?? '';
    assert.equal(await setInterval(monitor, node, 7), 204);
    await page.shows((shown) =>
      assert.deepEqual(
        shown.mesh.nodes.map(({ interval, value }) => [interval, value?.seq]),
        names.map(() => ['7', 7]),
      ),
    );
    await monitor.service.stop();
    assert.deepEqual(
      monitor.service.events.all.filter(({ level }) => Number(level) > 30),
      [],
    );
    for (const client of clients) assert.deepEqual(await client.call('ACL', 'LOG'), []);
  });
}

test('without an operator, a monitor with a user offers no control of the interval', async (t) => {
  const secure = await startSecureMesh(t, 1);
  const monitor = await RunningMonitor.start(t, secure.settings('monitor'));
  const page = await LiveClient.open(t, monitor.port);
  assert.deepEqual(await page.shows(({ controls }) => controls), {});
  assert.equal(await setInterval(monitor, secure.mesh.nodes[0]?.address ?? '', 7), 400);
});

/** Sets the interval like the page. @returns the status of the answer. */
async function setInterval({ port }: RunningMonitor, node: string, seconds: number): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ node, seconds });
  return (await fetch(`http://127.0.0.1:${port}/actions/interval`, { method: 'POST', headers, body })).status;
}

function operatorOf({ secrets }: SecureMesh): Record<string, string> {
  return { OPERATOR_USERNAME: 'operator', OPERATOR_PASSWORD_FILE: secrets.password('operator') };
}

test('a wrong password is a metric, and no log line contains it', async (t) => {
  const secure = await startSecureMesh(t, 1);
  const [node] = secure.mesh.nodes;
  assert.ok(node);
  const file = join(await temporaryFolder(t), 'password');
  await writeFile(file, 'hunter2');
  const right = secure.settings('monitor');
  const monitor = await RunningMonitor.start(t, { ...right, KEYDB_PASSWORD_FILE: file });
  await monitor.has('keydb_up', { node: node.address }, 0);
  assert.equal(await monitor.value('keydb_down', { node: node.address, reason: 'rejected' }), 1);
  assert.deepEqual(await monitor.samples('keydb_memory_used_bytes'), []);

  await t.test('the monitor reads a corrected password file without a restart', async () => {
    await copyFile(secure.secrets.password('monitor'), file);
    await monitor.has('keydb_up', { node: node.address }, 1);
  });
  const lines = JSON.stringify(monitor.service.events.all);
  assert.match(lines, /rejects the user name and password/);
  assert.ok(!lines.includes('hunter2'), lines);
});
