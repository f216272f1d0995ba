/** Creates the secrets of a local mesh if there are none; otherwise checks them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { config } from 'dotenv';
import { followsSettings } from './acl-file.ts';
import { DEFAULT_SCOPE, makeSecrets, validities } from './make-secrets.ts';
import { readSecret, SecretsFolder } from './secrets-folder.ts';
import { type RuleSettings, ruleSettings, type UserName } from './users.ts';

const DAY_MS = 86_400_000;
/** Days before expiry from which each start prints a warning. */
const WARN_DAYS = 30;

/**
 * Returns the secrets in a folder, and creates them if there are none.
 * @param say receives a message about new secrets and about upcoming problems.
 * @throws Error if a certificate has expired or a file is missing, SettingsError on wrong settings.
 */
export async function provideSecrets(
  path: string,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<SecretsFolder> {
  if (env === process.env) config({ quiet: true });
  const settings = ruleSettings(env);
  // A server changes to its own folder before it reads these paths, so they must be absolute.
  const secrets = new SecretsFolder(resolve(path));
  if (!existsSync(secrets.caCertificate)) {
    say(`found no certificates and passwords: creating them in ${path} (npm run certs)`);
    await makeSecrets(secrets, DEFAULT_SCOPE, settings, false);
  }
  await checkValidity(secrets, say);
  await checkRules(secrets, settings, say);
  return secrets;
}

/** Returns the settings with which a user's process authenticates. */
export function accessSettings(secrets: SecretsFolder, user: UserName): Record<string, string> {
  return {
    KEYDB_TLS: 'true',
    KEYDB_TLS_CA: secrets.caCertificate,
    KEYDB_USERNAME: user,
    KEYDB_PASSWORD_FILE: secrets.password(user),
  };
}

/** Returns the same settings as the prefix of a shell command. */
export function inShell(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(
      ([name, value]) =>
        `${name}=${/^[\w./:,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`,
    )
    .join(' ');
}

async function checkValidity(secrets: SecretsFolder, say: (line: string) => void): Promise<void> {
  for (const { name, until } of await validities(secrets)) {
    const days = Math.floor((until.getTime() - Date.now()) / DAY_MS);
    const remedy = name === 'ca' ? 'npm run certs -- --force' : 'npm run certs -- --renew';
    const date = until.toISOString().slice(0, 10);
    if (days < 0) throw new Error(`the certificate of ${name} expired on ${date}: ${remedy}`);
    if (days < WARN_DAYS) say(`WARNING: the certificate of ${name} expires on ${date}: ${remedy}`);
  }
}

/** Warns if the rules do not match the settings: services could then authenticate, but nodes would reject commands. */
async function checkRules(
  secrets: SecretsFolder,
  settings: RuleSettings,
  say: (line: string) => void,
): Promise<void> {
  if (followsSettings(await readSecret(secrets.aclFile), settings)) return;
  say(
    `WARNING: ${secrets.aclFile} does not match KEYDB_DB, SHARED_KEY, HANDSHAKE_KEY, INTERVAL_KEY, and KEY_CHANNEL: npm run certs -- --rules (on a running mesh: npm run rotate -- --rules)`,
  );
}
