/** Tests that tools ignore settings that they do not use. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SETTINGS } from '../../common/setting-table.ts';
import { runEntry } from '../helpers/entry.ts';
import { startMesh } from '../helpers/nodes.ts';

/** Value that is invalid for most settings: it is not a number, a node, or a choice. */
const INVALID = '-1 invalid';
const CREDENTIALS = /^KEYDB_(USERNAME|PASSWORD|PASSWORD_FILE|TLS|TLS_CA)$/;
const ACCESS = /^(KEYDB_(NODES|DB)|NODE_TIMEOUT_MS|SERVICE_NAME)$/;
const RULES = /^(KEYDB_DB|SHARED_KEY|HANDSHAKE_KEY|INTERVAL_KEY|KEY_CHANNEL)$/;

/** Returns invalid values for all settings except these, which keep their defaults. */
function invalidBut(...used: RegExp[]): Record<string, string> {
  const names = Object.keys(SETTINGS).filter((name) => !used.some((pattern) => pattern.test(name)));
  return Object.fromEntries(names.map((name) => [name, INVALID]));
}

test('tools ignore invalid settings that they do not use', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'settings-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const nodes = ['--nodes', (await startMesh(t, 2)).addresses];
  const [node = ''] = nodes[1]?.split(',') ?? [];
  const backup = join(folder, 'backup.rdb');
  for (const [entry, args, used] of [
    ['lab/verifier/main', nodes, CREDENTIALS],
    ['lab/exercise/main', [...nodes, '--keys', '20'], CREDENTIALS],
    ['operate/backup/backup', ['--node', node, '--out', backup], CREDENTIALS],
    ['operate/backup/restore', [backup, '--force', ...nodes], CREDENTIALS],
    ['operate/security/certs', ['--out', join(folder, 'secrets')], RULES],
  ] as const) {
    const { code, stdout, stderr } = await runEntry(entry, args, invalidBut(used));
    assert.equal(code, 0, `${entry}: ${stdout}${stderr}`);
  }
});

test('rotate ignores invalid settings that it does not use', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'settings-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const secrets = join(folder, 'secrets');
  assert.equal((await runEntry('operate/security/certs', ['--out', secrets])).code, 0);
  const env = { ...invalidBut(CREDENTIALS, ACCESS), KEYDB_NODES: '127.0.0.1:1' };
  const { code, stderr } = await runEntry('operate/security/rotate', ['--secrets', secrets], env);
  assert.equal(code, 2);
  assert.match(stderr, /^node 127\.0\.0\.1:1 cannot be reached as admin /);
});
