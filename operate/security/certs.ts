/** npm run certs */
import { config } from 'dotenv';
import { outOption, parse, toolCommand, wholeNumber } from '../../toolkit/options.ts';
import { EXIT, print, runTool } from '../../toolkit/run-tool.ts';
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

await runTool(async () => {
  const { out, days, renew, rules, force } = readOptions();
  config({ quiet: true });
  const secrets = new SecretsFolder(out);
  const settings = ruleSettings(process.env);
  const scope: Scope = { days, subnetPrefix: process.env.SUBNET_PREFIX || DEFAULT_SCOPE.subnetPrefix };
  if (renew) await renewCertificates(secrets, scope);
  if (rules) await renewRules(secrets, settings);
  if (!renew && !rules) await makeSecrets(secrets, scope, settings, force);
  for (const { name, until } of await validities(secrets)) {
    print(`${name.padEnd(10)}valid until ${until.toISOString().slice(0, 10)}\n`);
  }
  print(`passwords and rules for ${USER_NAMES.join(', ')}\nall in ${out}/\n`);
  return EXIT.holds;
});

function readOptions(): Options {
  const command = toolCommand(
    'npm run certs',
    'Creates the certificates, passwords, and access rules of a secure mesh.',
    { 0: 'created', 2: 'not created' },
    `The rules depend on KEYDB_DB, SHARED_KEY, HANDSHAKE_KEY, INTERVAL_KEY, and KEY_CHANNEL, the certificates on
SUBNET_PREFIX, from the environment or a file .env.`,
  )
    .addOption(outOption('folder', 'the secrets').default('secrets'))
    .option(
      '--days <n>',
      'validity of the certificates of the nodes and the gateway, in days',
      wholeNumber(1, 3650),
      DEFAULT_SCOPE.days,
    )
    .option(
      '--renew',
      'create only new certificates of the nodes and the gateway, with the existing authority',
      false,
    )
    .option('--rules', 'create only new access rules, after a change of a setting that they depend on', false)
    .option('--force', 'replace all existing secrets', false);
  return parse<Options>(command);
}
