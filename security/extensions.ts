/** What a certificate says beside name, key and validity: what it may be used for, and for which hosts. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { BitString, OctetString } from 'asn1js';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  type Certificate,
  Extension,
  ExtKeyUsage,
  GeneralName,
  GeneralNames,
} from 'pkijs';

const OID = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};
/** Bits of the first byte of a key's usage. */
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;
/** Kinds of names in the form that X.509 gives them. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** It may sign certificates, though of no further authorities. */
export function ofAuthority(): Extension[] {
  return [
    extension(OID.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(OID.keyUsage, flag(KEY_CERT_SIGN, 2), true),
  ];
}

/** It may be shown by a server and by a client that is reached under these names and addresses. */
export function ofNode(names: readonly string[]): Extension[] {
  return [
    extension(OID.basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(OID.keyUsage, flag(DIGITAL_SIGNATURE, 7), true),
    extension(OID.extKeyUsage, new ExtKeyUsage({ keyPurposes: [OID.serverAuth, OID.clientAuth] })),
    extension(OID.subjectAltName, new GeneralNames({ names: names.map(alternative) })),
  ];
}

/** Names the key that is certified; strict clients ask for it. */
export function subjectKey(certificate: Certificate): Extension {
  return extension(OID.subjectKeyIdentifier, keyIdentifier(certificate));
}

/** Names the key that the issuer signed with; strict clients ask for it. */
export function authorityKey(issuer: Certificate): Extension {
  const content = new AuthorityKeyIdentifier({ keyIdentifier: keyIdentifier(issuer) });
  return extension(OID.authorityKeyIdentifier, content);
}

/** What both pkijs' and asn1js' objects can be turned into. */
type Content = OctetString | BitString | { toSchema(): { toBER(): ArrayBuffer } };

function extension(extnID: string, content: Content, critical = false): Extension {
  const extnValue = 'toSchema' in content ? content.toSchema().toBER() : content.toBER();
  return new Extension({ extnID, critical, extnValue });
}

function flag(bit: number, unusedBits: number): BitString {
  return new BitString({ valueHex: new Uint8Array([bit]).buffer, unusedBits });
}

/** As RFC 5280 suggests: a name, so that SHA-1 is as good as any. */
function keyIdentifier({ subjectPublicKeyInfo }: Certificate): OctetString {
  const key = Buffer.from(subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView);
  return new OctetString({ valueHex: new Uint8Array(createHash('sha1').update(key).digest()).buffer });
}

function alternative(name: string): GeneralName {
  if (isIP(name) === 0) return new GeneralName({ type: DNS_NAME, value: name });
  return new GeneralName({ type: IP_ADDRESS, value: new OctetString({ valueHex: addressBytes(name) }) });
}

/** The 4 or 16 bytes of an IP address. */
function addressBytes(address: string): ArrayBuffer {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.'), Number).buffer;
  // A URL writes every group in hexadecimal, also those of an embedded IPv4 address.
  const halves = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [start = [], end = []] = halves.map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...start, ...Array(8 - start.length - end.length).fill('0'), ...end];
  return Uint8Array.from(groups.flatMap((group) => [...Buffer.from(group.padStart(4, '0'), 'hex')])).buffer;
}
