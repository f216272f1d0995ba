/** Creates the mesh's certificate authority and the certificates that it signs. Keys use the curve P-256. */
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { Integer, Utf8String } from 'asn1js';
import {
  AttributeTypeAndValue,
  Certificate,
  CryptoEngine,
  type Extension,
  RelativeDistinguishedNames,
} from 'pkijs';
import { authorityKey, ofAuthority, ofNode, subjectKey } from './extensions.ts';

export interface KeyPair {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8. */
  key: string;
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const engine = new CryptoEngine({ name: 'node', crypto: webcrypto });
const COMMON_NAME = '2.5.4.3';
const DAY_MS = 86_400_000;
/** Certificates are valid from this long before now, because a machine's clock may be behind. */
const CLOCK_SKEW_MS = 3_600_000;
/** Creates an authority. @param days validity. */
export async function makeAuthority(days: number): Promise<KeyPair> {
  const name = nameOf(`keydb mesh CA ${randomBytes(4).toString('hex')}`);
  const keys = await makeKeys();
  return sign({
    subject: name,
    issuer: name,
    keys,
    signer: keys.privateKey,
    days,
    extensions: ofAuthority(),
  });
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
  const signer = await webcrypto.subtle.importKey('pkcs8', der, CURVE, false, ['sign']);
  const issuer = Certificate.fromBER(new X509Certificate(authority.certificate).raw);
  const left = Math.floor((issuer.notAfter.value.getTime() - Date.now()) / DAY_MS);
  return sign({
    subject: nameOf(names[0] ?? ''),
    issuer: issuer.subject,
    keys: await makeKeys(),
    signer,
    days: Math.min(days, left),
    extensions: [...ofNode(names), authorityKey(issuer)],
  });
}

interface Request {
  subject: RelativeDistinguishedNames;
  issuer: RelativeDistinguishedNames;
  keys: webcrypto.CryptoKeyPair;
  signer: webcrypto.CryptoKey;
  days: number;
  extensions: Extension[];
}

async function sign({ subject, issuer, keys, signer, days, extensions }: Request): Promise<KeyPair> {
  const certificate = new Certificate({ version: 2, subject, issuer, extensions });
  certificate.serialNumber = new Integer({ valueHex: serialNumber() });
  certificate.notBefore.value = new Date(Date.now() - CLOCK_SKEW_MS);
  certificate.notAfter.value = new Date(Date.now() + days * DAY_MS);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  certificate.extensions?.push(subjectKey(certificate));
  await certificate.sign(signer, 'SHA-256', engine);
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: pem('CERTIFICATE', certificate.toSchema(true).toBER()),
    key: pem('PRIVATE KEY', key),
  };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

/** Returns a random serial number, unique per authority and greater than zero. */
function serialNumber(): ArrayBuffer {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.buffer;
}

function nameOf(commonName: string): RelativeDistinguishedNames {
  const value = new Utf8String({ value: commonName });
  return new RelativeDistinguishedNames({
    typesAndValues: [new AttributeTypeAndValue({ type: COMMON_NAME, value })],
  });
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
