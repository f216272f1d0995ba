/** New node certificates on a running mesh: nodes read their files again, and connections under way are not touched. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import type { AdminNode } from './admin-connections.ts';
import { NODE_NAMES, readSecret, type SecretsFolder } from './secrets-folder.ts';

/** A node that does not finish the handshake in this time has a problem worth an error. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

/** @throws Error that names the node that does not show the certificate in its file. */
export async function reloadCertificates(
  nodes: readonly AdminNode[],
  secrets: SecretsFolder,
  say: (line: string) => void,
): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    // Set to what it is: the node then reads certificate, key and authority again. Only it knows the path on its side.
    const [, file = ''] = (await node.client.config('GET', 'tls-cert-file')) as string[];
    await node.client.config('SET', 'tls-cert-file', file);
    const name = NODE_NAMES[i];
    const expected = name && new X509Certificate(await readSecret(secrets.certificate(name)));
    const shown = await shownBy(node, secrets);
    if (shown.fingerprint256 !== expected?.fingerprint256) {
      throw new Error(
        `node ${node.node.name} does not show ${name && secrets.certificate(name)} after reading it again: ` +
          'is this its place in KEYDB_NODES, and does it see the file?',
      );
    }
    say(`${node.node.name} shows its new certificate, valid until ${expected.validTo}`);
  }
}

/** The certificate that a node shows to a new client. @throws Error also if it is not accepted. */
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
