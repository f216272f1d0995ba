/** A local node of a secure mesh: what its server is told, and how it is reached. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisOptions } from 'ioredis';
import { passwordIn } from '../common/password-file.ts';
import { root } from '../local/root.ts';
import { NODE_NAMES, type SecretsFolder } from './secrets-folder.ts';

export interface NodeSecurity {
  /** The server's arguments for serving TLS alone, on this port. No secret is among them, only where it is. */
  serverArguments: (port: number) => string[];
  /** How the user who may see a node's health connects. @throws Error if its secrets cannot be read. */
  clientOptions: () => Pick<RedisOptions, 'tls' | 'username' | 'password'>;
}

/** @param index of the node in the mesh. @throws Error if there are no secrets for so many nodes. */
export function nodeSecurity(secrets: SecretsFolder, index: number): NodeSecurity {
  const name = NODE_NAMES[index];
  if (name === undefined)
    throw new Error(`there are certificates for ${NODE_NAMES.length} nodes and no more`);
  return {
    serverArguments: (port) => [
      ...['--include', join(root, 'keydb/secure.conf')],
      ...['--include', secrets.replicationConf],
      ...['--tls-port', String(port)],
      ...['--aclfile', secrets.aclFile],
      ...['--tls-ca-cert-file', secrets.caCertificate],
      ...['--tls-cert-file', secrets.certificate(name)],
      ...['--tls-key-file', secrets.key(name)],
    ],
    clientOptions: () => ({
      tls: { ca: readFileSync(secrets.caCertificate) },
      username: 'monitor',
      password: passwordIn(secrets.password('monitor'))(),
    }),
  };
}
