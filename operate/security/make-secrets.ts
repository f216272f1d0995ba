/** Creates the secrets of `npm run certs`: an authority, a certificate per node, a password and rules per user. */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { aclFile, NEW_TABLE_ACL_FILE } from './acl-file.ts';
import { makeAuthority, makeNodeCertificate } from './authority.ts';
import {
  acceptPasswords,
  addMissingPasswords,
  newPasswords,
  readPasswords,
  writePasswords,
} from './passwords.ts';
import {
  NODE_NAMES,
  readSecret,
  SERVER_NAMES,
  type SecretsFolder,
  type ServerName,
  writeSecret,
} from './secrets-folder.ts';
import type { RuleSettings } from './users.ts';

/** The authority outlives many renewals of node certificates, because replacing it requires a change in every client. */
const AUTHORITY_DAYS = 3650;
/** Last parts of the fixed addresses in docker-compose.yaml: in the peer network and the client network, per server. */
const COMPOSE_HOSTS: Record<ServerName, readonly number[]> = {
  keydb_01: [11, 141],
  keydb_02: [12, 142],
  keydb_03: [13, 143],
  table: [],
};

export interface Scope {
  /** Validity of the certificates of the nodes and the gateway, in days. */
  days: number;
  /** First three numbers of the addresses in docker-compose.yaml. */
  subnetPrefix: string;
}

/** One year, and the default subnet of docker-compose.yaml. */
export const DEFAULT_SCOPE: Scope = { days: 365, subnetPrefix: '10.213.71' };

/**
 * Creates all secrets.
 * @param force overwrites existing secrets.
 * @throws Error if secrets exist, SettingsError if the rules cannot be expressed.
 */
export async function makeSecrets(
  secrets: SecretsFolder,
  scope: Scope,
  settings: RuleSettings,
  force: boolean,
): Promise<void> {
  if (!force && existsSync(secrets.path) && (await readdir(secrets.path)).length > 0) {
    throw new Error(
      `${secrets.path} is not empty: --renew replaces the certificates and keeps the passwords, --rules replaces the ` +
        'access rules, --force replaces all secrets and locks out all clients that use the current secrets',
    );
  }
  const passwords = newPasswords();
  // The access file comes first, because `aclFile` may throw.
  await makeFolder(secrets.path);
  await writeSecret(secrets.aclFile, aclFile(settings));
  await makeTableAclFile(secrets);
  await acceptPasswords(secrets, [passwords]);
  await writePasswords(secrets, passwords);
  const authority = await makeAuthority(AUTHORITY_DAYS);
  await writeSecret(secrets.caKey, authority.key);
  await writeSecret(secrets.caCertificate, authority.certificate);
  await renewCertificates(secrets, scope);
}

/** Creates new certificates for the nodes and the gateway with the existing authority. @throws Error if there is none. */
export async function renewCertificates(
  secrets: SecretsFolder,
  { days, subnetPrefix }: Scope,
): Promise<void> {
  const authority = {
    certificate: await readSecret(secrets.caCertificate),
    key: await readSecret(secrets.caKey),
  };
  for (const server of SERVER_NAMES) {
    const compose = COMPOSE_HOSTS[server].map((host) => `${subnetPrefix}.${host}`);
    const names = [server, 'localhost', '127.0.0.1', '::1', ...compose];
    const { certificate, key } = await makeNodeCertificate(authority, names, days);
    await writeSecret(secrets.key(server), key);
    await writeSecret(secrets.certificate(server), certificate);
  }
}

/**
 * Replaces the access rules, for other keys, another channel, or a new user; keeps the passwords.
 * @throws Error, SettingsError.
 */
export async function renewRules(secrets: SecretsFolder, settings: RuleSettings): Promise<void> {
  // Throws if there are no secrets.
  await readSecret(secrets.aclFile);
  await addMissingPasswords(secrets);
  await makeTableAclFile(secrets);
  const passwords = await readPasswords(secrets);
  await writeSecret(secrets.aclFile, aclFile(settings));
  await acceptPasswords(secrets, [passwords]);
}

export interface Validity {
  /** `ca` or the name of the server. */
  name: string;
  until: Date;
}

/** Returns the expiry date of each certificate. @throws Error that names an unreadable file. */
export async function validities(secrets: SecretsFolder): Promise<Validity[]> {
  // Secrets of an earlier version have no certificate for the gateway.
  const servers = existsSync(secrets.certificate('table')) ? SERVER_NAMES : NODE_NAMES;
  const files = [
    { name: 'ca', file: secrets.caCertificate },
    ...servers.map((name) => ({ name, file: secrets.certificate(name) })),
  ];
  return Promise.all(
    files.map(async ({ name, file }) => ({
      name,
      until: new Date(new X509Certificate(await readSecret(file)).validTo),
    })),
  );
}

/** Creates the gateway's access file if there is none: its lines belong to the operator. */
async function makeTableAclFile(secrets: SecretsFolder): Promise<void> {
  if (!existsSync(secrets.tableAclFile)) await writeSecret(secrets.tableAclFile, NEW_TABLE_ACL_FILE);
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  // The folder may have existed, empty and with a wider mode.
  await chmod(path, 0o700);
}
