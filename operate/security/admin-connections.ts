/** Connections of the admin to the nodes of a running secure mesh. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { ACCESS, accessOf } from '../../common/client-options.ts';
import { ioredisClient } from '../../common/ioredis-client.ts';
import type { Node } from '../../common/nodes.ts';
import { pickSettings } from '../../common/settings.ts';
import { hasLinks, parseInfo } from '../../toolkit/node/info.ts';
import { accessSettings } from './provide-secrets.ts';
import type { SecretsFolder } from './secrets-folder.ts';
import type { UserName } from './users.ts';

export interface AdminNode {
  node: Node;
  client: Redis;
}

/** A partial resynchronization takes a moment, a full one with much data takes longer. */
const LINKS_DEADLINE_MS = 60_000;
const POLL_MS = 50;

/**
 * Connects to every node of KEYDB_NODES as the admin.
 * @throws Error that names an unreachable node: a node that missed a change would later lock out all clients.
 */
export async function connectAll(secrets: SecretsFolder): Promise<AdminNode[]> {
  const { KEYDB_NODES: nodes } = settingsOf(secrets, 'admin');
  const results = await Promise.allSettled(
    nodes.map(async (node) => ({ node, client: await connectAs(secrets, 'admin', node) })),
  );
  const connected = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.findIndex((result) => result.status === 'rejected');
  if (failed < 0) return connected;
  closeAll(connected);
  const { reason } = results[failed] as PromiseRejectedResult;
  throw new Error(
    `node ${nodes[failed]?.name} cannot be reached as admin (${(reason as Error).message}): all nodes must be reachable`,
  );
}

export function closeAll(nodes: readonly AdminNode[]): void {
  for (const { client } of nodes) client.disconnect();
}

/** Connects as a user with the credentials that are in the files now. @throws Error if the node rejects them. */
export async function connectAs(secrets: SecretsFolder, user: UserName, node: Node): Promise<Redis> {
  const client = ioredisClient(node, accessOf(settingsOf(secrets, user)));
  // The first error of the connection or of AUTH rejects the awaited promise. Later errors add nothing.
  client.on('error', () => {});
  try {
    await once(client, 'ready');
    return client;
  } catch (error) {
    client.disconnect();
    throw error;
  }
}

/** Numbers of a node's links from and to other nodes. */
export async function linksOf(client: Redis): Promise<{ from: number; to: number }> {
  const { masters, replicas } = parseInfo(await client.info('replication'));
  return { from: masters.length, to: replicas.length };
}

/** Waits until this number of links is up again. @throws Error that names the node, after a deadline. */
export async function linked(
  { node, client }: AdminNode,
  links: { from: number; to: number },
): Promise<void> {
  const deadline = performance.now() + LINKS_DEADLINE_MS;
  while (!hasLinks(parseInfo(await client.info('replication')), links.from, links.to)) {
    if (performance.now() > deadline) {
      throw new Error(
        `the links of node ${node.name} are still down after ${LINKS_DEADLINE_MS / 1000} s: see its log`,
      );
    }
    await wait(POLL_MS);
  }
}

function settingsOf(secrets: SecretsFolder, user: UserName) {
  const env = { ...process.env, KEYDB_PASSWORD: '', ...accessSettings(secrets, user) };
  return pickSettings(env, ['KEYDB_NODES', ...ACCESS]);
}
