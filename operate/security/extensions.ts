/** Certificate extensions: permitted uses, hosts, and key identifiers. */
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
/** Bits in the first byte of the key usage extension. */
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;
/** Tags of X.509 name types. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** Permits signing certificates, but not those of further authorities. */
export function ofAuthority(): Extension[] {
  return [
    extension(OID.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(OID.keyUsage, flag(KEY_CERT_SIGN, 2), true),
  ];
}

/** Permits use by a server and a client with these names and addresses. */
export function ofNode(names: readonly string[]): Extension[] {
  return [
    extension(OID.basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(OID.keyUsage, flag(DIGITAL_SIGNATURE, 7), true),
    extension(OID.extKeyUsage, new ExtKeyUsage({ keyPurposes: [OID.serverAuth, OID.clientAuth] })),
    extension(OID.subjectAltName, new GeneralNames({ names: names.map(alternative) })),
  ];
}

/** Identifies the certified key; strict clients require it. */
export function subjectKey(certificate: Certificate): Extension {
  return extension(OID.subjectKeyIdentifier, keyIdentifier(certificate));
}

/** Identifies the issuer's key; strict clients require it. */
export function authorityKey(issuer: Certificate): Extension {
  const content = new AuthorityKeyIdentifier({ keyIdentifier: keyIdentifier(issuer) });
  return extension(OID.authorityKeyIdentifier, content);
}

/** Common interface of pkijs and asn1js objects. */
type Content = OctetString | BitString | { toSchema(): { toBER(): ArrayBuffer } };

function extension(extnID: string, content: Content, critical = false): Extension {
  const extnValue = 'toSchema' in content ? content.toSchema().toBER() : content.toBER();
  return new Extension({ extnID, critical, extnValue });
}

function flag(bit: number, unusedBits: number): BitString {
  return new BitString({ valueHex: new Uint8Array([bit]).buffer, unusedBits });
}

/** Returns the key identifier that RFC 5280 suggests. It is only a name, so SHA-1 is sufficient. */
function keyIdentifier({ subjectPublicKeyInfo }: Certificate): OctetString {
  const key = Buffer.from(subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView);
  return new OctetString({ valueHex: new Uint8Array(createHash('sha1').update(key).digest()).buffer });
}

function alternative(name: string): GeneralName {
  if (isIP(name) === 0) return new GeneralName({ type: DNS_NAME, value: name });
  return new GeneralName({ type: IP_ADDRESS, value: new OctetString({ valueHex: addressBytes(name) }) });
}

/** Returns the 4 or 16 bytes of an IP address. */
function addressBytes(address: string): ArrayBuffer {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.'), Number).buffer;
  // The URL parser writes all groups in hexadecimal, including an embedded IPv4 address.
  const halves = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [start = [], end = []] = halves.map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...start, ...Array(8 - start.length - end.length).fill('0'), ...end];
  return Uint8Array.from(groups.flatMap((group) => [...Buffer.from(group.padStart(4, '0'), 'hex')])).buffer;
}
