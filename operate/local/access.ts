/** Credentials for the local nodes: as settings for the services started here, and as shell commands for users. */
import { relative } from 'node:path';
import { accessSettings, inShell, SecretsFolder, type UserName } from '../security/index.ts';
import type { Cluster } from './cluster-of-three.ts';
import { say } from './console.ts';
import type { Mesh } from './mesh.ts';

/** Settings for local nodes without secrets. They need no password, so the .env of another cluster must not apply. */
const OPEN = {
  KEYDB_USERNAME: '',
  KEYDB_PASSWORD: '',
  KEYDB_PASSWORD_FILE: '',
  KEYDB_TLS: '',
  KEYDB_TLS_CA: '',
  OPERATOR_USERNAME: '',
  OPERATOR_PASSWORD_FILE: '',
};

/** Returns the settings with which a user's process connects to the nodes. They override every one in a .env. */
export function clientSettings({ mesh, secrets }: Cluster, user: UserName): Record<string, string> {
  const operator = user === 'monitor' && secrets && operatorSettings(secrets);
  return {
    ...{ ...OPEN, WRITE_NODES: '', ...nodeSettings(mesh) },
    ...(secrets && accessSettings(secrets, user)),
    ...operator,
  };
}

/** Returns the settings with which the monitor sets the interval. */
function operatorSettings(secrets: SecretsFolder): Record<string, string> {
  const user: UserName = 'operator';
  return { OPERATOR_USERNAME: user, OPERATOR_PASSWORD_FILE: secrets.password(user) };
}

/** Returns the prefix of a shell command that sets the credentials for the nodes. */
export function commandFor(command: string, { mesh, secrets }: Cluster, user: UserName): string {
  const shown = secrets && accessSettings(new SecretsFolder(relative('', secrets.path)), user);
  return `${inShell({ ...nodeSettings(mesh), ...shown })} ${command}`;
}

function nodeSettings({ addresses, layout, writable }: Mesh): Record<string, string> {
  return { KEYDB_NODES: addresses, ...(layout === 'star' && { WRITE_NODES: writable }) };
}

/** Prints the commands that connect to a secure mesh. A mesh without secrets needs no special command. */
export function printAccess(cluster: Cluster): void {
  const { mesh, secrets } = cluster;
  if (!secrets) return;
  const folder = new SecretsFolder(relative('', secrets.path));
  const port = mesh.nodes[0]?.options.port;
  const cli = mesh.engine.name.replace('-server', '-cli');
  say('cluster', 'every client needs TLS and a user:');
  say('cluster', `  ${commandFor('npm run verify', cluster, 'verifier')}`);
  say(
    'cluster',
    `  REDISCLI_AUTH=$(cat ${folder.password('admin')}) ${cli} -p ${port} --tls --cacert ${folder.caCertificate} --user admin`,
  );
}
