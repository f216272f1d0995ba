/** npm run rotate */
import { resolve } from 'node:path';
import { config } from 'dotenv';
import { execa } from 'execa';
import { Interrupted } from '../../toolkit/node/errors.ts';
import { parse, secretsOption, toolCommand } from '../../toolkit/options.ts';
import { EXIT, interrupted, print, runTool } from '../../toolkit/run-tool.ts';
import { type AdminNode, closeAll, connectAll } from './admin-connections.ts';
import { applyRules } from './apply-rules.ts';
import { DEFAULT_SCOPE, renewCertificates, renewRules } from './make-secrets.ts';
import { reloadCertificates } from './rotate-certificates.ts';
import { addPasswords, dropOldPasswords } from './rotate-passwords.ts';
import { NODE_NAMES, SecretsFolder } from './secrets-folder.ts';
import { ruleSettings } from './users.ts';

interface Options {
  secrets: string;
  passwords: boolean;
  certificates: boolean;
  rules: boolean;
  keepOld: boolean;
  dropOld: boolean;
  distribute?: string;
}

await runTool(async ({ signal }) => {
  const options = readOptions();
  config({ quiet: true });
  // A rotation can be interrupted at any step, and run again.
  if (await interrupted(rotate(options), signal)) throw new Interrupted();
  return EXIT.holds;
});

async function rotate({ secrets: folder, ...what }: Options): Promise<void> {
  const secrets = new SecretsFolder(resolve(folder));
  const distribute = async () => {
    if (what.distribute !== undefined) await execa(what.distribute, { shell: true, stdio: ['ignore', 2, 2] });
  };
  const nodes = await connectAll(secrets);
  try {
    if (what.distribute === undefined) await rejectCopies(nodes, secrets);
    if (what.rules) {
      await renewRules(secrets, ruleSettings(process.env));
      await distribute();
      await applyRules(nodes, secrets, say);
    }
    if (what.certificates) {
      const subnetPrefix = process.env.SUBNET_PREFIX || DEFAULT_SCOPE.subnetPrefix;
      await renewCertificates(secrets, { ...DEFAULT_SCOPE, subnetPrefix });
      await distribute();
      await reloadCertificates(nodes, secrets, say);
    }
    if (what.passwords && !what.dropOld) await addPasswords(nodes, secrets, { say, distribute });
    if (what.passwords && !what.keepOld) await dropOldPasswords(nodes, secrets, { say, distribute });
  } finally {
    closeAll(nodes);
  }
}

/**
 * Checks that nodes read these files. If nothing distributes new passwords to the nodes, all clients are locked out.
 * @throws Error that names a node that reads other files.
 */
async function rejectCopies(nodes: readonly AdminNode[], secrets: SecretsFolder): Promise<void> {
  for (const [i, { node, client }] of nodes.entries()) {
    const [, read] = (await client.config('GET', 'tls-cert-file')) as string[];
    const name = NODE_NAMES[i];
    if (name === undefined || read === secrets.certificate(name)) continue;
    throw new Error(
      `node ${node.name} reads ${read}, not ${secrets.certificate(name)}: correct the order of KEYDB_NODES, or, if nodes have ` +
        'copies, set the command that distributes them with --distribute. Nothing was changed',
    );
  }
}

function say(line: string): void {
  print(`${line}\n`);
}

function readOptions(): Options {
  const command = toolCommand(
    'npm run rotate',
    'Replaces the certificates and passwords of the nodes in KEYDB_NODES while they run.',
    { 0: 'done', 2: 'not done' },
    `Nodes reload certificates and keep their connections. New passwords are added to the old ones, written to the files, and
tested. Then each node in turn disconnects its clients, and the old passwords are revoked. After an interruption, run it
again.`,
  )
    .addOption(secretsOption)
    .option('--certificates', 'replace only certificates', false)
    .option('--passwords', 'replace only passwords', false)
    .option('--rules', 'replace only access rules, after a change of a setting that they depend on', false)
    .option('--keep-old', 'leave the old passwords valid, for clients that do not read the files', false)
    .option('--drop-old', 'create no new passwords, only revoke the old ones that were kept', false)
    .option(
      '--distribute <command>',
      'run after each change of the files, before nodes and services reload them',
    );
  const options = parse<Options>(command);
  if (options.dropOld || options.keepOld) return { ...options, passwords: true };
  const all = !options.passwords && !options.certificates && !options.rules;
  return { ...options, passwords: all || options.passwords, certificates: all || options.certificates };
}
