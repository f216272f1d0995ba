/** Creates the mesh's certificate authority and the certificates that it signs. Keys use the curve P-256. */
// The polyfill comes first, because the library uses it when it is loaded.
import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface KeyPair {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8. */
  key: string;
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const DAY_MS = 86_400_000;
/** Certificates are valid from this long before now, because a machine's clock may be behind. */
const CLOCK_SKEW_MS = 3_600_000;

/** Creates an authority, which may sign certificates, but not those of further authorities. @param days validity. */
export async function makeAuthority(days: number): Promise<KeyPair> {
  const keys = await makeKeys();
  const name = nameOf(`keydb mesh CA ${randomBytes(4).toString('hex')}`);
  return certify(keys, { subject: name, issuer: name, signingKey: keys.privateKey, days }, [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
  ]);
}

/**
 * Creates a certificate for a node, as a server and, for connections to other nodes, as a client.
 * @param names the node's host names and IP addresses; the first is the subject.
 * @param days validity; it never exceeds that of the authority.
 */
export async function makeNodeCertificate(
  authority: KeyPair,
  names: readonly string[],
  days: number,
): Promise<KeyPair> {
  const der = createPrivateKey(authority.key).export({ format: 'der', type: 'pkcs8' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, CURVE, false, ['sign']);
  const { subjectName: issuer, publicKey, notAfter } = new X509Certificate(authority.certificate);
  const left = Math.floor((notAfter.getTime() - Date.now()) / DAY_MS);
  const signing = { subject: nameOf(names[0] ?? ''), issuer, signingKey, days: Math.min(days, left) };
  return certify(await makeKeys(), signing, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension(names.map(alternative)),
    await AuthorityKeyIdentifierExtension.create(publicKey),
  ]);
}

interface Signing {
  subject: Name;
  issuer: Name;
  signingKey: webcrypto.CryptoKey;
  days: number;
}

async function certify(
  { publicKey, privateKey }: webcrypto.CryptoKeyPair,
  { days, ...signing }: Signing,
  extensions: Extension[],
): Promise<KeyPair> {
  const certificate = await X509CertificateGenerator.create({
    ...signing,
    publicKey,
    notBefore: new Date(Date.now() - CLOCK_SKEW_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [...extensions, await SubjectKeyIdentifierExtension.create(publicKey)],
  });
  const key = KeyObject.from(privateKey).export({ format: 'pem', type: 'pkcs8' });
  return { certificate: `${certificate.toString('pem')}\n`, key: String(key) };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

function nameOf(commonName: string): Name {
  return new Name([{ CN: [commonName] }]);
}

function alternative(name: string): JsonGeneralName {
  if (isIP(name) === 0) return { type: 'dns', value: name };
  // The library misreads an IPv4 address embedded in an IPv6 address. The URL parser writes it in hexadecimal.
  return { type: 'ip', value: isIP(name) === 4 ? name : new URL(`http://[${name}]`).hostname.slice(1, -1) };
}
