/** Starts real nodes with TLS, and creates their certificates. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import { freePorts } from '../../toolkit/ports.ts';
import { startMesh } from './nodes.ts';

/** Value for a test's `skip` option: the reason why no certificate can be created, or `false`. */
export const needsOpenssl =
  (await execa('openssl', ['version'], { reject: false })).failed && 'needs openssl to create a certificate';

export interface Certificate {
  /** File of the self-signed certificate. */
  cert: string;
  /** File of the private key. */
  key: string;
}

/** Creates self-signed certificates for 127.0.0.1, and removes them after the test. */
export async function makeCertificates(
  t: Pick<TestContext, 'after'>,
  ...names: string[]
): Promise<Certificate[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tls-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return Promise.all(names.map((name) => makeCertificate(folder, name)));
}

/** Starts a node with TLS. @returns its TLS port. */
export async function startTlsNode(
  t: Pick<TestContext, 'after'>,
  { cert, key }: Certificate,
): Promise<number> {
  const [port = 0] = await freePorts(1);
  await startMesh(t, 1, {
    'tls-port': String(port),
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': cert,
    'tls-auth-clients': 'no',
  });
  return port;
}

async function makeCertificate(folder: string, name: string): Promise<Certificate> {
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
