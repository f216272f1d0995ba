/** Sets the credentials of the benchmark's processes in the environment that they inherit. */
import { resolve } from 'node:path';

const CREDENTIALS = ['KEYDB_USERNAME', 'KEYDB_PASSWORD', 'KEYDB_PASSWORD_FILE', 'KEYDB_TLS', 'KEYDB_TLS_CA'];
const FILES = ['KEYDB_PASSWORD_FILE', 'KEYDB_TLS_CA'];

/**
 * Prepares the environment of this process.
 * @param ownNodes whether the benchmark starts the nodes: those require no credentials.
 */
export function prepareCredentials(ownNodes: boolean, env: NodeJS.ProcessEnv = process.env): void {
  if (ownNodes) for (const name of CREDENTIALS) delete env[name];
  // Makes the path absolute, because the processes run in another folder.
  for (const name of FILES) if (env[name]) env[name] = resolve(env[name]);
}
