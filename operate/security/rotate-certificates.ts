/** Renews the node certificates of a running mesh: nodes reload their files, and open connections stay open. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import type { AdminNode } from './admin-connections.ts';
import { NODE_NAMES, readSecret, type SecretsFolder } from './secrets-folder.ts';

/** Timeout for the TLS handshake. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

/** Reloads the certificates. @throws Error that names a node that does not present the certificate in its file. */
export async function reloadCertificates(
  nodes: readonly AdminNode[],
  secrets: SecretsFolder,
  say: (line: string) => void,
): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    // Setting the path to its current value makes the node reload certificate, key, and authority. Ask the node for the
    // path, because it may differ from the path on this machine.
    const [, file = ''] = (await node.client.config('GET', 'tls-cert-file')) as string[];
    await node.client.config('SET', 'tls-cert-file', file);
    const name = NODE_NAMES[i];
    const expected = name && new X509Certificate(await readSecret(secrets.certificate(name)));
    const shown = await shownBy(node, secrets);
    if (shown.fingerprint256 !== expected?.fingerprint256) {
      throw new Error(
        `node ${node.node.name} does not present ${name && secrets.certificate(name)} after a reload: ` +
          'check the order of KEYDB_NODES, and that the node can read the file',
      );
    }
    say(`${node.node.name} presents its new certificate, valid until ${expected.validTo}`);
  }
}

/** Returns the certificate that a node presents to a new client. @throws Error also if verification fails. */
async function shownBy(
  { node: { host, port } }: AdminNode,
  secrets: SecretsFolder,
): Promise<X509Certificate> {
  const socket = connect({ host, port, ca: readFileSync(secrets.caCertificate) });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(HANDSHAKE_TIMEOUT_MS) });
    return socket.getPeerX509Certificate() as X509Certificate;
  } finally {
    socket.destroy();
  }
}
