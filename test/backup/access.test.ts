/** Tests nodes that require a password, a restricted user, or TLS. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, startMesh } from '../helpers/nodes.ts';
import { makeCertificates, needsOpenssl, startTlsNode } from '../helpers/tls.ts';
import { QUICK_LINKS, runTool, temporaryFolder } from './tools.ts';

const PASSWORD = 'pass word, §';

test('backup and restore authenticate on nodes with a password', async (t) => {
  const [mesh, folder] = [
    await startMesh(t, 2, { ...QUICK_LINKS, requirepass: 'secret', masterauth: 'secret' }),
    await temporaryFolder(t),
  ];
  const [node] = mesh.nodes;
  assert.ok(node);
  const client = await connect(t, node.options.port, { password: 'secret' });
  await client.set('key', 'value');
  const env = { KEYDB_NODES: mesh.addresses };
  const file = join(folder, 'b.rdb');
  const none = await runTool('backup', ['--out', file], env);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^node 127.0.0.1:\d+ requires a password: set KEYDB_PASSWORD/);
  const wrong = await runTool('backup', ['--out', file], { ...env, KEYDB_PASSWORD: PASSWORD });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /rejects the user name and password/);
  assert.ok(!wrong.stderr.includes(PASSWORD));
  const right = { ...env, KEYDB_PASSWORD: 'secret' };
  assert.equal((await runTool('backup', ['--out', file], right)).code, 0);
  await client.set('key', 'another');
  const { code, stdout, stderr } = await runTool('restore', [file, '--force'], right);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(await client.get('key'), 'value');
});

test('a backup needs only the documented permissions', async (t) => {
  const [mesh, folder] = [await startMesh(t, 1), await temporaryFolder(t)];
  const admin = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  await admin.set('key', 'value');
  const file = join(folder, 'b.rdb');
  const env = { KEYDB_NODES: mesh.addresses, KEYDB_USERNAME: 'backup', KEYDB_PASSWORD: 'secret' };
  await admin.call('ACL', 'SETUSER', 'backup', 'on', '>secret', '+replconf', '+info');
  const rejected = await runTool('backup', ['--out', file], env);
  assert.equal(rejected.code, 2);
  assert.match(rejected.stderr, /does not allow this user to run PSYNC: grant it, or use another user/);
  await admin.call('ACL', 'SETUSER', 'backup', '+psync');
  const { code, stdout, stderr } = await runTool('backup', ['--out', file], env);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\b1 keys/);
});

test('backup accepts only a trusted certificate', { skip: needsOpenssl }, async (t) => {
  const [certificate] = await makeCertificates(t, 'node');
  assert.ok(certificate);
  const [port, folder] = [await startTlsNode(t, certificate), await temporaryFolder(t)];
  const file = join(folder, 'b.rdb');
  const node = { KEYDB_NODES: `127.0.0.1:${port}`, KEYDB_TLS: 'true' };
  const unknown = await runTool('backup', ['--out', file], node);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /has an untrusted certificate .*: check KEYDB_TLS_CA/);
  const known = { ...node, KEYDB_TLS_CA: certificate.cert };
  const saved = await runTool('backup', ['--out', file], known);
  assert.equal(saved.code, 0, saved.stderr);
  const restored = await runTool('restore', [file, '--force'], known);
  assert.equal(restored.code, 0, restored.stdout + restored.stderr);
});
