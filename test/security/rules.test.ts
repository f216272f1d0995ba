/** Tests that the access rules of a running mesh change only on request. */
import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startEntry } from '../helpers/entry.ts';
import { clientOf, rotate, startSecureMesh } from './secure-mesh.ts';

test('--rules replaces the access rules of a running mesh', async (t) => {
  const secure = await startSecureMesh(t, 1);
  const [node] = secure.mesh.nodes;
  assert.ok(node);
  const [writer, verifier] = [
    await clientOf(t, secure, 'writer', node),
    await clientOf(t, secure, 'verifier', node),
  ];
  await writer.set('shared_key', '1');
  await assert.rejects(writer.set('another', '1'), /NOPERM/);

  const env = { KEYDB_NODES: secure.mesh.addresses, SHARED_KEY: 'another' };
  const done = await startEntry(
    'operate/security/rotate',
    ['--secrets', secure.secrets.path, '--rules'],
    env,
  );
  assert.equal(done.exitCode, 0, done.stderr);
  await writer.set('another', '1');
  await assert.rejects(writer.set('shared_key', '2'), /NOPERM/);
  assert.equal(await verifier.get('shared_key'), '1', 'connections stay open');

  await t.test(
    'a change of passwords keeps the rules and added users, independent of the settings',
    async () => {
      const file = secure.secrets.aclFile;
      await appendFile(file, 'user guest on nopass resetchannels -@all +ping\n');
      assert.equal((await rotate(secure, '--passwords')).exitCode, 0);
      const rules = await readFile(file, 'utf8');
      assert.match(rules, /^user guest on nopass/m);
      assert.match(rules, /^user writer #[0-9a-f]{64} on resetchannels ~another /m);
      const again = await clientOf(t, secure, 'writer', node);
      await again.set('another', '2');
    },
  );
});
