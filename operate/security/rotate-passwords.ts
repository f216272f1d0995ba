/**
 * Rotates the passwords of a running mesh. Nodes accept the new password in addition to the old one before any client
 * uses it, and reject the old one only after all clients use the new one. No client is locked out at any time. After an
 * interruption at any step, it can be run again.
 */

import { digestOf } from './acl-file.ts';
import { type AdminNode, connectAs, linked, linksOf } from './admin-connections.ts';
import { acceptPasswords, newPasswords, type Passwords, readPasswords, writePasswords } from './passwords.ts';
import type { SecretsFolder } from './secrets-folder.ts';
import { USER_NAMES } from './users.ts';

export interface Rotation {
  say: (line: string) => void;
  /** Distributes changed files to the places where nodes and services read them, if those differ. */
  distribute: () => Promise<void>;
}

/** Switches nodes, services, and files to new passwords; old ones stay valid. @throws Error that names a node. */
export async function addPasswords(
  nodes: readonly AdminNode[],
  secrets: SecretsFolder,
  { say, distribute }: Rotation,
): Promise<void> {
  const [before, after] = [await readPasswords(secrets), newPasswords()];
  for (const { client } of nodes) await eachUser(client, after, (digest) => [`#${digest}`]);
  // A node that restarts now reads both passwords from its file.
  await acceptPasswords(secrets, [before, after]);
  await writePasswords(secrets, after);
  await distribute();
  say('every node accepts the new passwords in addition to the old ones, and the files contain them');
  for (const { client } of nodes) await client.config('SET', 'masterauth', after.replication);
  await provePasswords(nodes, secrets);
  for (const node of nodes) await reconnectClients(node, say);
}

/** Revokes every password that is not in the files. @throws Error that names a node. */
export async function dropOldPasswords(
  nodes: readonly AdminNode[],
  secrets: SecretsFolder,
  { say, distribute }: Rotation,
): Promise<void> {
  const passwords = await readPasswords(secrets);
  for (const { client } of nodes) await eachUser(client, passwords, (digest) => ['resetpass', `#${digest}`]);
  await acceptPasswords(secrets, [passwords]);
  await distribute();
  say('every node rejects the old passwords');
}

/** Sends digests instead of passwords, because MONITOR and the slow log show commands. */
async function eachUser(
  client: AdminNode['client'],
  passwords: Passwords,
  rules: (digest: string) => string[],
): Promise<void> {
  for (const name of USER_NAMES)
    await client.call('ACL', 'SETUSER', name, ...rules(digestOf(passwords[name])));
}

/** @throws Error that names the node and the user whose credentials in the files it rejects. */
async function provePasswords(nodes: readonly AdminNode[], secrets: SecretsFolder): Promise<void> {
  for (const { node } of nodes) {
    for (const user of USER_NAMES) {
      const client = await connectAs(secrets, user, node).catch((error: Error) => {
        throw new Error(
          `node ${node.name} rejects the new password of ${user} (${error.message}); the old passwords remain valid`,
        );
      });
      client.disconnect();
    }
  }
}

/**
 * Closes the connections of a node, so that clients log in with the new password. A client that has only the old one
 * fails now instead of weeks later. The next node follows only when the links are up again, so that clients can always
 * fail over.
 */
async function reconnectClients(node: AdminNode, say: Rotation['say']): Promise<void> {
  const links = await linksOf(node.client);
  for (const user of USER_NAMES) await node.client.call('CLIENT', 'KILL', 'USER', user, 'SKIPME', 'yes');
  await linked(node, links);
  say(`${node.node.name}: disconnected all clients, replication links are up again`);
}
