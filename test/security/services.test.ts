/** Tests that the whole system works without warnings over TLS, with one user for each service. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { OBSERVERS, SERVICES } from '../../common/services.ts';
import { readPasswords } from '../../operate/security/passwords.ts';
import { startEntry } from '../helpers/entry.ts';
import { RunningService } from '../helpers/service.ts';
import { clientOf, type SecureMesh, startSecureMesh } from './secure-mesh.ts';

/** Number of the level `warn` in pino. */
const WARN = 40;

for (const [settings, env] of [
  ['the default settings', {}],
  [
    'other keys, another database and the other channel',
    {
      SHARED_KEY: 'shared*[1]',
      HANDSHAKE_KEY: 'reply:{service}:1',
      KEYDB_DB: '3',
      KEY_CHANNEL: 'keyspace',
      WAIT_REPLICAS: '1',
    },
  ],
  ['tracking and another database', { KEYDB_DB: '3', KEY_CHANNEL: 'tracking' }],
] as const) {
  test(`services and verifier on a secure mesh, with ${settings}`, async (t) => {
    const secure = await startSecureMesh(t, 3, env);
    const services = startServices(t, secure);
    const [writer] = services;
    for (const observer of OBSERVERS) {
      await writer?.events.first({ event: 'handshake', observer });
    }
    await noSecretIsShown(secure);
    for (const service of services) await service.stop();
    for (const { events, stderr } of services) {
      assert.deepEqual(
        events.all.filter(({ level }) => Number(level) >= WARN),
        [],
      );
      assert.equal(stderr, '');
    }

    const verified = await startEntry('lab/verifier/main', [], {
      ...secure.settings('verifier'),
      KEYDB_NODES: secure.mesh.addresses,
    });
    assert.equal(verified.exitCode, 0, verified.stderr);
    for (const node of secure.mesh.nodes) {
      const admin = await clientOf(t, secure, 'admin', node);
      const denials = (await admin.call('ACL', 'LOG')) as string[][];
      // The verifier tries DEBUG, which Redis 7 rejects.
      assert.deepEqual(
        denials.filter((denial) => !denial.join(' ').includes('debug')),
        [],
      );
    }
  });
}

function startServices(t: TestContext, { settings }: SecureMesh): RunningService[] {
  return SERVICES.map(
    (service) => new RunningService(t, service, { ...settings(service), WRITE_INTERVAL_MS: '200' }),
  );
}

/** Asserts that no command line, environment of this user, or node log contains a password. */
async function noSecretIsShown({ secrets, mesh }: SecureMesh): Promise<void> {
  const passwords = Object.values(await readPasswords(secrets));
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const files = [
    ...processes.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]),
    ...mesh.nodes.map((node) => node.logFile),
  ];
  let read = 0;
  for (const file of files) {
    // The process may have ended, or belong to another user.
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    read += 1;
    for (const password of passwords) assert.ok(!text.includes(password), `${file} contains a password`);
  }
  assert.ok(read >= mesh.nodes.length, 'the logs of all nodes were read');
}
