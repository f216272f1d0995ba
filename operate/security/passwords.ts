/** The passwords of all users, and the files from which nodes and services read them. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { withPasswords } from './acl-file.ts';
import { readSecret, type SecretsFolder, writeSecret } from './secrets-folder.ts';
import { USER_NAMES, type UserName } from './users.ts';

export type Passwords = Record<UserName, string>;

/** The size of a SHA-256 digest; longer passwords would not be harder to guess. */
const PASSWORD_BYTES = 32;

export function newPasswords(): Passwords {
  return eachUser(newPassword);
}

/** Creates the passwords of users that did not exist when the secrets were created. */
export async function addMissingPasswords(secrets: SecretsFolder): Promise<void> {
  const missing = USER_NAMES.filter((name) => !existsSync(secrets.password(name)));
  for (const name of missing) await writeSecret(secrets.password(name), newPassword());
}

function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/** @throws Error that names the missing file. */
export async function readPasswords(secrets: SecretsFolder): Promise<Passwords> {
  const texts = await Promise.all(USER_NAMES.map((name) => readSecret(secrets.password(name))));
  return eachUser((_, i) => texts[i] ?? '');
}

/** Writes the credentials that services and nodes use: a file per user, and the nodes' `masteruser`. */
export async function writePasswords(secrets: SecretsFolder, passwords: Passwords): Promise<void> {
  for (const name of USER_NAMES) await writeSecret(secrets.password(name), passwords[name]);
  const { replication } = passwords;
  await writeSecret(secrets.replicationConf, `masteruser replication\nmasterauth ${replication}\n`);
}

/** Lets nodes that start, and the gateway, accept any of these passwords per user; keeps the rules. @throws Error that names the file. */
export async function acceptPasswords(
  secrets: SecretsFolder,
  passwords: readonly Passwords[],
): Promise<void> {
  const accepted = eachUser((name) => passwords.map((set) => set[name]));
  await writeSecret(secrets.aclFile, withPasswords(await readSecret(secrets.aclFile), accepted));
  // The passwords of all other users in this file belong to the operator.
  const { admin } = accepted;
  await writeSecret(secrets.tableAclFile, withPasswords(await readSecret(secrets.tableAclFile), { admin }));
}

function eachUser<T>(make: (name: UserName, index: number) => T): Record<UserName, T> {
  return Object.fromEntries(USER_NAMES.map((name, i) => [name, make(name, i)])) as Record<UserName, T>;
}
