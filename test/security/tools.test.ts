/** Tests the tools on a secure mesh, with credentials from the environment. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { OBSERVERS } from '../../common/services.ts';
import { startEntry } from '../helpers/entry.ts';
import { startSecureMesh, temporaryFolder } from './secure-mesh.ts';

test('tools on a secure mesh', async (t) => {
  const secure = await startSecureMesh(t, 2);
  const { mesh, settings } = secure;
  const as = (user: 'admin' | 'verifier') => ({ ...settings(user), KEYDB_NODES: mesh.addresses });

  await t.test('exercise inserts, verifies, and cleans up as admin', async () => {
    const { exitCode, stdout, stderr } = await startEntry(
      'lab/exercise/main',
      ['--keys', '200'],
      as('admin'),
    );
    assert.equal(exitCode, 0, stdout + stderr);
  });

  await t.test('an insertion as verifier reports the missing permission in one line', async () => {
    const { exitCode, stderr } = await startEntry('lab/verifier/main', ['--insert', '10'], as('verifier'));
    assert.equal(exitCode, 2);
    assert.match(stderr, /^node \S+ does not allow this user to run \w+: grant it, or use another user$/);
  });

  await t.test('bench measures given nodes as admin', async (t) => {
    const out = join(await temporaryFolder(t), 'results');
    const args = ['--tiny', '--only', 'latency', '--json', '--out', out, '--nodes', mesh.writable];
    const { stdout, stderr } = await startEntry('lab/bench/main', args, settings('admin'));
    const { rows } = JSON.parse(stdout) as { rows: { subject: string; latencies: object }[] };
    const measured = rows
      .filter(({ latencies }) => Object.keys(latencies).length > 0)
      .map(({ subject }) => subject);
    for (const subject of ['floor', ...OBSERVERS]) {
      assert.ok(measured.includes(subject), `${subject} was not measured: ${stderr}`);
    }
  });
});
