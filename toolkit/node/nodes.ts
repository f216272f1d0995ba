/** Opens the nodes of a run and checks that they can be compared. */
import type { Address } from './address.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { NodeError, UsageError } from './errors.ts';
import { type Info, parseInfo } from './info.ts';

export interface OpenNode {
  address: Address;
  name: string;
  connection: Connection;
  /**
   * For SCAN only, with no pipelined command after it. KeyDB 6.3.4 runs a SCAN with COUNT 100 or more in a separate
   * thread, and never answers a command that arrives on the same connection during the scan.
   */
  scanner: Connection;
  /** INFO at the time when the node was opened. */
  info: Info;
}

/** All nodes: the source first, then the replicas. */
export interface OpenNodes {
  source: OpenNode;
  replicas: OpenNode[];
  all: OpenNode[];
}

/**
 * Connects to all nodes and checks that they are reachable, loaded, and different servers.
 * @throws NodeError with the name of the first unfit node.
 */
export async function openNodes(
  addresses: readonly Address[],
  options: ConnectionOptions,
): Promise<OpenNodes> {
  if (addresses.length < 2) throw new UsageError('--nodes: expected at least two nodes, the source first');
  const opened = await Promise.allSettled(addresses.map((address) => openNode(address, options)));
  const all = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    for (const result of opened) if (result.status === 'rejected') throw result.reason;
    for (const [i, node] of all.entries()) assertOther(node, all.slice(0, i));
    const [source, ...replicas] = all as [OpenNode, ...OpenNode[]];
    return { source, replicas, all };
  } catch (error) {
    closeNodes(all);
    throw error;
  }
}

export function closeNodes(nodes: readonly OpenNode[]): void {
  for (const node of nodes) {
    node.connection.close();
    node.scanner.close();
  }
}

/** Reads a node's current INFO. @param sections if omitted, the node's default sections. @throws NodeError. */
export async function readInfo(connection: Connection, ...sections: string[]): Promise<Info> {
  const commands = sections.length === 0 ? [['INFO']] : sections.map((section) => ['INFO', section]);
  const texts = await Promise.all(commands.map((command) => connection.call(command)));
  return parseInfo(texts.join('\r\n'));
}

async function openNode(address: Address, options: ConnectionOptions): Promise<OpenNode> {
  const connection = await Connection.open(address, options);
  try {
    const info = await readInfo(connection);
    if (info.loading)
      throw new NodeError(address.name, 'is still loading its data: run the command again later');
    if (info.runId === '')
      throw new NodeError(
        address.name,
        'does not report run_id in INFO, so it cannot be distinguished from the other nodes',
      );
    const scanner = await Connection.open(address, options);
    return { address, name: address.name, connection, scanner, info };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Rejects duplicates: a server compared with itself is always "in sync". Two databases of one server are different
 * data.
 */
function assertOther(node: OpenNode, earlier: readonly OpenNode[]): void {
  const same = earlier.find(
    (other) => other.info.runId === node.info.runId && (other.address.db ?? 0) === (node.address.db ?? 0),
  );
  if (same) throw new NodeError(node.name, `is the same server as ${same.name}: give each server once`);
}

/** Returns the databases to compare, each with its number on each node, in the order of the nodes. */
export function databasesToCompare(nodes: readonly OpenNode[], only: number | undefined): number[][] {
  const ownNumbers = nodes.some((node) => node.address.db !== undefined);
  if (ownNumbers) return [nodes.map((node) => node.address.db ?? only ?? 0)];
  if (only !== undefined) return [nodes.map(() => only)];
  const used = new Set(nodes.flatMap((node) => [...node.info.databases.keys()]));
  return [...used].sort((a, b) => a - b).map((db) => nodes.map(() => db));
}

/** Selects a database on each node, by its number on that node. @throws NodeError. */
export async function selectDatabases(nodes: readonly OpenNode[], dbs: readonly number[]): Promise<void> {
  await Promise.all(
    nodes.flatMap(({ connection, scanner }, i) =>
      [connection, scanner].map((one) => one.call(['SELECT', String(dbs[i] ?? 0)])),
    ),
  );
}
