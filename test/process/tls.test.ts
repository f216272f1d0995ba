/** Tests that each service works over TLS with the right authority only, and not with another one or in plain text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import { RunningService } from '../helpers/service.ts';
import { makeCertificates, needsOpenssl, startTlsNode } from '../helpers/tls.ts';

test('services over TLS', { skip: needsOpenssl }, async (t) => {
  const [own, other] = await makeCertificates(t, 'node', 'other');
  assert.ok(own && other);
  const KEYDB_NODES = `127.0.0.1:${await startTlsNode(t, own)}`;
  for (const service of SERVICES) {
    await t.test(`${service}: with the right authority`, async (t) => {
      const running = new RunningService(t, service, {
        KEYDB_NODES,
        KEYDB_TLS: 'true',
        KEYDB_TLS_CA: own.cert,
      });
      await running.events.first({ event: 'connected' });
      assert.deepEqual(running.events.like({ event: 'lost' }), []);
      await running.stop();
    });
    await t.test(`${service}: with another authority`, async (t) => {
      const running = new RunningService(t, service, {
        KEYDB_NODES,
        KEYDB_TLS: 'true',
        KEYDB_TLS_CA: other.cert,
      });
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
