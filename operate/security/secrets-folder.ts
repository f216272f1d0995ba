/** The folder of a mesh's secrets: the path of each, and how to write it so that no other user can read it. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UserName } from './users.ts';

/** The nodes, in the order of KEYDB_NODES. */
export const NODE_NAMES = ['keydb_01', 'keydb_02', 'keydb_03'] as const;
export type NodeName = (typeof NODE_NAMES)[number];
/** Servers with a certificate: the nodes and the gateway. */
export const SERVER_NAMES = [...NODE_NAMES, 'table'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

export class SecretsFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get caCertificate(): string {
    return join(this.path, 'ca.crt');
  }

  get caKey(): string {
    return join(this.path, 'ca.key');
  }

  /** Access rules: `aclfile` of every node. */
  get aclFile(): string {
    return join(this.path, 'users.acl');
  }

  /** Access rules of the gateway's clients: TABLE_ACL_FILE. */
  get tableAclFile(): string {
    return join(this.path, 'table.acl');
  }

  /** Credentials of a node for the other nodes, included by the configuration of every node. */
  get replicationConf(): string {
    return join(this.path, 'replication.conf');
  }

  certificate(server: ServerName): string {
    return join(this.path, 'nodes', `${server}.crt`);
  }

  key(server: ServerName): string {
    return join(this.path, 'nodes', `${server}.key`);
  }

  password(user: UserName): string {
    return join(this.path, 'passwords', user);
  }
}

/** @throws Error that names the file. */
export function readSecret(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`cannot read ${file} (${error.message}): create the secrets with npm run certs`);
  });
}

/** Writes a file that only its owner can read, in a folder that only its owner can open. */
export async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Overwritten and not replaced, so that a container that has this single file mounted sees the new text.
  await writeFile(file, text, { mode: 0o600 });
  // writeFile does not change the mode of an existing file.
  await chmod(file, 0o600);
}
