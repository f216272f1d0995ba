/** New access rules on a running mesh. */
import { usersIn } from './acl-file.ts';
import type { AdminNode } from './admin-connections.ts';
import { readSecret, type SecretsFolder } from './secrets-folder.ts';

/**
 * Has every node take the users of the access file. Not by ACL LOAD, which ends all connections, those of
 * users whose rules are as before included.
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
    say(`${node.name} has the rules of ${secrets.aclFile}`);
  }
}
