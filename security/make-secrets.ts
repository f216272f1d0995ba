/** What `npm run certs` makes: an authority, a certificate for each node, a password and rules for each user. */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { aclFile } from './acl-file.ts';
import { makeAuthority, makeNodeCertificate } from './authority.ts';
import { acceptPasswords, newPasswords, readPasswords, writePasswords } from './passwords.ts';
import { NODE_NAMES, type NodeName, readSecret, type SecretsFolder, writeSecret } from './secrets-folder.ts';
import type { RuleSettings } from './users.ts';

/** The authority outlives many renewals of the nodes' certificates: replacing it means telling every client. */
const AUTHORITY_DAYS = 3650;
/** How the addresses of docker-compose.yaml end: its network of peers and its network of clients, node by node. */
const COMPOSE_HOSTS: Record<NodeName, readonly number[]> = {
  keydb_01: [11, 141],
  keydb_02: [12, 142],
  keydb_03: [13, 143],
};

export interface Scope {
  /** How long the nodes' certificates are valid. */
  days: number;
  /** The first three numbers of the addresses in docker-compose.yaml. */
  subnetPrefix: string;
}

/** A year, and the subnet that docker-compose.yaml takes by default. */
export const DEFAULT_SCOPE: Scope = { days: 365, subnetPrefix: '10.213.71' };

/**
 * Makes everything anew.
 * @param force overwrites what is there.
 * @throws Error if something is there, SettingsError if the rules cannot be expressed.
 */
export async function makeSecrets(
  secrets: SecretsFolder,
  scope: Scope,
  settings: RuleSettings,
  force: boolean,
): Promise<void> {
  if (!force && existsSync(secrets.path) && (await readdir(secrets.path)).length > 0) {
    throw new Error(
      `${secrets.path} is not empty: --renew makes new node certificates and keeps the passwords, --rules makes new ` +
        'access rules, --force makes everything anew and shuts out whoever uses what is there',
    );
  }
  const passwords = newPasswords();
  // First, for it may refuse.
  await makeFolder(secrets.path);
  await writeSecret(secrets.aclFile, aclFile(settings));
  await acceptPasswords(secrets, [passwords]);
  await writePasswords(secrets, passwords);
  const authority = await makeAuthority(AUTHORITY_DAYS);
  await writeSecret(secrets.caKey, authority.key);
  await writeSecret(secrets.caCertificate, authority.certificate);
  await renewCertificates(secrets, scope);
}

/** Makes new certificates for the nodes, from the authority that is there. @throws Error if there is none. */
export async function renewCertificates(
  secrets: SecretsFolder,
  { days, subnetPrefix }: Scope,
): Promise<void> {
  const authority = {
    certificate: await readSecret(secrets.caCertificate),
    key: await readSecret(secrets.caKey),
  };
  for (const node of NODE_NAMES) {
    const compose = COMPOSE_HOSTS[node].map((host) => `${subnetPrefix}.${host}`);
    const names = [node, 'localhost', '127.0.0.1', '::1', ...compose];
    const { certificate, key } = await makeNodeCertificate(authority, names, days);
    await writeSecret(secrets.key(node), key);
    await writeSecret(secrets.certificate(node), certificate);
  }
}

/** Makes the access rules anew, for other keys or another channel; the passwords stay. @throws Error, SettingsError. */
export async function renewRules(secrets: SecretsFolder, settings: RuleSettings): Promise<void> {
  const passwords = await readPasswords(secrets);
  await writeSecret(secrets.aclFile, aclFile(settings));
  await acceptPasswords(secrets, [passwords]);
}

export interface Validity {
  /** `ca` or the node. */
  name: string;
  until: Date;
}

/** Until when each certificate is valid. @throws Error that names a file that cannot be read. */
export async function validities(secrets: SecretsFolder): Promise<Validity[]> {
  const files = [
    { name: 'ca', file: secrets.caCertificate },
    ...NODE_NAMES.map((name) => ({ name, file: secrets.certificate(name) })),
  ];
  return Promise.all(
    files.map(async ({ name, file }) => ({
      name,
      until: new Date(new X509Certificate(await readSecret(file)).validTo),
    })),
  );
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  // It may have been there, empty and open.
  await chmod(path, 0o700);
}
