/** Tests the system in containers with TLS only, and with the secrets that `npm run certs` creates. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettings } from '../../common/settings.ts';
import { DEFAULT_SCOPE, makeSecrets } from '../../operate/security/make-secrets.ts';
import { SecretsFolder } from '../../operate/security/secrets-folder.ts';
import { HARDENED } from './cases-hardened.ts';
import { MONITORED } from './cases-monitor.ts';
import { SCRAPED } from './cases-prometheus.ts';
import { secretCases } from './cases-secrets.ts';
import { WITH_TABLES } from './cases-table.ts';
import { TAKEN_DOWN } from './cases-taken-down.ts';
import { unauthorizedCases } from './cases-unauthorized.ts';
import { assertNoWarnings, assertStepsLogged } from './log-lines.ts';
import { assertAgreed } from './mesh-state.ts';
import { needsDocker, needsImage, Stack } from './stack.ts';

const skip = await needsDocker();
const noPrometheus = skip || (await needsImage('prometheus'));

test('the secure Compose stack', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'compose-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const secrets = new SecretsFolder(join(folder, 'secrets'));
  await makeSecrets(secrets, DEFAULT_SCOPE, readSettings({}, 'writer'), false);

  const stack = await Stack.prepare(
    { WRITE_INTERVAL_MS: '500', SECRETS: secrets.path },
    {
      files: ['docker-compose.yaml', 'docker-compose.secure.yaml'],
      access: () => ({
        tls: { ca: readFileSync(secrets.caCertificate) },
        username: 'admin',
        password: readFileSync(secrets.password('admin'), 'utf8'),
      }),
    },
  );
  await t.test('without secrets, the error names a missing file', () =>
    assert.rejects(
      stack.with({ SECRETS: join(folder, 'nowhere') }).compose('up', '--detach', 'certs'),
      /certs[\s\S]*bind source path does not exist: \S*nowhere\//,
    ),
  );
  await stack.up(t);
  const cases = {
    'all nodes have the last write and both handshakes for it': assertAgreed,
    'logs each step in one line': assertStepsLogged,
    'logs no warnings': assertNoWarnings,
    ...HARDENED,
    ...MONITORED,
    ...SCRAPED,
    ...WITH_TABLES,
    ...unauthorizedCases(secrets),
    ...secretCases(secrets),
    ...TAKEN_DOWN,
  };
  for (const [name, play] of Object.entries(cases))
    await t.test(name, { skip: name in SCRAPED && noPrometheus }, () => play(stack).then(() => {}));
});
