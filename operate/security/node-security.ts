/** Server arguments and client options for a local node of a secure mesh. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisOptions } from 'ioredis';
import { passwordIn } from '../../common/password-file.ts';
import { root } from '../../toolkit/root.ts';
import { NODE_NAMES, type SecretsFolder } from './secrets-folder.ts';

export interface NodeSecurity {
  /** Returns the server's arguments for TLS only, on this port. They contain paths of secrets, never a secret. */
  serverArguments: (port: number) => string[];
  /** Returns the client options of the health check user. @throws Error if its secrets cannot be read. */
  clientOptions: () => Pick<RedisOptions, 'tls' | 'username' | 'password'>;
}

/** @param index of the node in the mesh. @throws Error if this node has no secrets. */
export function nodeSecurity(secrets: SecretsFolder, index: number): NodeSecurity {
  const name = NODE_NAMES[index];
  if (name === undefined)
    throw new Error(`the secrets contain certificates for ${NODE_NAMES.length} nodes only`);
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
