/** The verifier over TLS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificates, needsOpenssl, startTlsNode } from '../helpers/tls.ts';
import { runTool } from '../helpers/verifier.ts';

test('compares nodes with TLS, only with the right authority', {
  skip: needsOpenssl,
}, async (t) => {
  const [own, other] = await makeCertificates(t, 'node', 'other');
  assert.ok(own && other);
  const ports = [await startTlsNode(t, own), await startTlsNode(t, own)];
  const nodes = ['--nodes', ports.map((port) => `rediss://127.0.0.1:${port}`).join(',')];
  const right = await runTool('verifier', nodes, { KEYDB_TLS: 'true', KEYDB_TLS_CA: own.cert });
  assert.equal(right.code, 0, right.stderr);
  const wrong = await runTool('verifier', nodes, { KEYDB_TLS: 'true', KEYDB_TLS_CA: other.cert });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, new RegExp(`127\\.0\\.0\\.1:(${ports.join('|')}) has an untrusted certificate`));
  const plain = await runTool('verifier', [
    '--nodes',
    ports.map((port) => `127.0.0.1:${port}`).join(','),
    '--timeout',
    '500',
  ]);
  assert.equal(plain.code, 2);
});
