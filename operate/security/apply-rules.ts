/** Applies new access rules to a running mesh. */
import { usersIn } from './acl-file.ts';
import type { AdminNode } from './admin-connections.ts';
import { readSecret, type SecretsFolder } from './secrets-folder.ts';

/**
 * Applies the users of the access file on every node. Does not use ACL LOAD, because that closes all connections,
 * including those of users whose rules did not change.
 * @throws Error that names a file or a node.
 */
export async function applyRules(
  nodes: readonly AdminNode[],
  secrets: SecretsFolder,
  say: (line: string) => void,
): Promise<void> {
  const users = usersIn(await readSecret(secrets.aclFile));
  for (const { node, client } of nodes) {
    for (const { name, words } of users) await client.call('ACL', 'SETUSER', name, 'reset', ...words);
    say(`${node.name} uses the rules of ${secrets.aclFile}`);
  }
}
