/** npm run certs */
import { Command, InvalidArgumentError } from 'commander';
import { config } from 'dotenv';
import {
  DEFAULT_SCOPE,
  makeSecrets,
  renewCertificates,
  renewRules,
  type Scope,
  validities,
} from './make-secrets.ts';
import { SecretsFolder } from './secrets-folder.ts';
import { ruleSettings, USER_NAMES } from './users.ts';

interface Options {
  out: string;
  days: number;
  renew: boolean;
  rules: boolean;
  force: boolean;
}

try {
  config({ quiet: true });
  await work(readOptions());
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

async function work({ out, days, renew, rules, force }: Options): Promise<void> {
  const secrets = new SecretsFolder(out);
  const settings = ruleSettings(process.env);
  const scope: Scope = { days, subnetPrefix: process.env.SUBNET_PREFIX || DEFAULT_SCOPE.subnetPrefix };
  if (renew) await renewCertificates(secrets, scope);
  if (rules) await renewRules(secrets, settings);
  if (!renew && !rules) await makeSecrets(secrets, scope, settings, force);
  for (const { name, until } of await validities(secrets)) {
    process.stdout.write(`${name.padEnd(10)}valid until ${until.toISOString().slice(0, 10)}\n`);
  }
  process.stdout.write(`passwords and rules for ${USER_NAMES.join(', ')}\nall in ${out}/\n`);
}

function readOptions(): Options {
  return new Command('npm run certs --')
    .description('Creates the certificates, passwords, and access rules of a secure mesh.')
    .option('--out <folder>', 'folder for the secrets', 'secrets')
    .option('--days <n>', "validity of the nodes' certificates, in days", wholeDays, DEFAULT_SCOPE.days)
    .option('--renew', 'only new node certificates, from the existing authority', false)
    .option('--rules', 'only new access rules, after a change of a setting that they depend on', false)
    .option('--force', 'overwrite all existing secrets', false)
    .addHelpText(
      'after',
      `
The rules depend on KEYDB_DB, SHARED_KEY, HANDSHAKE_KEY, and KEY_CHANNEL, and the certificates on SUBNET_PREFIX, from the
environment or a file .env.
Exit code: 0 success, 2 error.`,
    )
    .allowExcessArguments(false)
    .parse()
    .opts<Options>();
}

function wholeDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError('Expected a whole number from 1 to 3650.');
}
