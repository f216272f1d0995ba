/**
 * New passwords on a running mesh. Nodes take the new password beside the old one before anybody shows it, and give
 * up the old one after everybody has shown the new one, so that at no moment somebody is shut out. Whatever step it is
 * interrupted at, it can be run again.
 */

import { digestOf } from './acl-file.ts';
import { type AdminNode, connectAs, linked, linksOf } from './admin-connections.ts';
import { acceptPasswords, newPasswords, type Passwords, readPasswords, writePasswords } from './passwords.ts';
import type { SecretsFolder } from './secrets-folder.ts';
import { USER_NAMES } from './users.ts';

export interface Rotation {
  say: (line: string) => void;
  /** Brings changed files to where nodes and services read them, if that is elsewhere. */
  handOut: () => Promise<void>;
}

/** Has nodes, services and files go over to new passwords; the old ones still count. @throws Error that names a node. */
export async function addPasswords(
  nodes: readonly AdminNode[],
  secrets: SecretsFolder,
  { say, handOut }: Rotation,
): Promise<void> {
  const [before, after] = [await readPasswords(secrets), newPasswords()];
  for (const { client } of nodes) await eachUser(client, after, (digest) => [`#${digest}`]);
  // A node that restarts now finds both in its file.
  await acceptPasswords(secrets, [before, after]);
  await writePasswords(secrets, after);
  await handOut();
  say('every node takes the new passwords beside the old ones, and the files have them');
  for (const { client } of nodes) await client.config('SET', 'masterauth', after.replication);
  await provePasswords(nodes, secrets);
  for (const node of nodes) await reconnectClients(node, say);
}

/** Has nodes give up every password that is not in the files. @throws Error that names a node. */
export async function dropOldPasswords(
  nodes: readonly AdminNode[],
  secrets: SecretsFolder,
  { say, handOut }: Rotation,
): Promise<void> {
  const passwords = await readPasswords(secrets);
  for (const { client } of nodes) await eachUser(client, passwords, (digest) => ['resetpass', `#${digest}`]);
  await acceptPasswords(secrets, [passwords]);
  await handOut();
  say('the old passwords are refused');
}

/** Digests travel, not passwords: they cannot be read from a monitor or a slow log. */
async function eachUser(
  client: AdminNode['client'],
  passwords: Passwords,
  rules: (digest: string) => string[],
): Promise<void> {
  for (const name of USER_NAMES)
    await client.call('ACL', 'SETUSER', name, ...rules(digestOf(passwords[name])));
}

/** @throws Error that names the node and the user who does not get in with what is in the files. */
async function provePasswords(nodes: readonly AdminNode[], secrets: SecretsFolder): Promise<void> {
  for (const { node } of nodes) {
    for (const user of USER_NAMES) {
      const client = await connectAs(secrets, user, node).catch((error: Error) => {
        throw new Error(
          `node ${node.name} refuses the new password of ${user} (${error.message}); the old ones still count`,
        );
      });
      client.disconnect();
    }
  }
}

/**
 * Ends the connections of a node, which come back with the new password: whoever has only the old one is not found out
 * weeks later. One node after the other, and the next only when the links are up again, so that clients always have
 * somewhere to go.
 */
async function reconnectClients(node: AdminNode, say: Rotation['say']): Promise<void> {
  const links = await linksOf(node.client);
  for (const user of USER_NAMES) await node.client.call('CLIENT', 'KILL', 'USER', user, 'SKIPME', 'yes');
  await linked(node, links);
  say(`clients and links of ${node.node.name} have had to log in anew`);
}
