/** Each service over TLS: with the right authority it works, with another one or in plain text it does not. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { execa } from 'execa';
import { SERVICES } from '../../common/settings.ts';
import { freePorts } from '../../local/ports.ts';
import { startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

const openssl = await execa('openssl', ['version'], { reject: false });

/** A certificate for 127.0.0.1 that is its own authority. */
async function certificate(folder: string, name: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  await execa('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ]);
  return { cert, key };
}

async function tlsNode(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tls-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { cert, key } = await certificate(folder, 'node');
  const [port = 0] = await freePorts(1);
  await startMesh(t, 1, {
    'tls-port': String(port),
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': cert,
    'tls-auth-clients': 'no',
  });
  return { port, cert, other: (await certificate(folder, 'other')).cert };
}

test('services over TLS', { skip: openssl.failed && 'needs openssl to make a certificate' }, async (t) => {
  const { port, cert, other } = await tlsNode(t);
  const KEYDB_NODES = `127.0.0.1:${port}`;
  for (const service of SERVICES) {
    await t.test(`${service}: with the right authority`, async (t) => {
      const running = new RunningService(t, service, { KEYDB_NODES, KEYDB_TLS: 'true', KEYDB_TLS_CA: cert });
      await running.events.first({ event: 'connected' });
      assert.deepEqual(running.events.like({ event: 'lost' }), []);
      await running.stop();
    });
    await t.test(`${service}: with another authority`, async (t) => {
      const running = new RunningService(t, service, { KEYDB_NODES, KEYDB_TLS: 'true', KEYDB_TLS_CA: other });
      assert.match(String((await running.events.first({ event: 'lost' })).reason), /certificate/);
      await running.stop();
    });
    await t.test(`${service}: in plain text`, async (t) => {
      const running = new RunningService(t, service, { KEYDB_NODES, NODE_TIMEOUT_MS: '200' });
      await running.events.first({ event: 'lost' });
      assert.deepEqual(running.events.like({ event: 'connected' }), []);
      await running.stop();
    });
  }
});
