/** Cuts and re-establishes links between running nodes. */
import { setTimeout as wait } from 'node:timers/promises';
import { parseNode } from '../../../common/nodes.ts';
import type { Mesh, NodeProcess } from '../../../operate/local/index.ts';
import { Connection } from '../../../toolkit/node/connection.ts';
import { type Info, parseInfo } from '../../../toolkit/node/info.ts';

const POLL_MS = 20;
const DEADLINE_MS = 20_000;

/** Sends one command on a new connection. @throws Error if the node replies with an error or the connection is lost. */
export async function ask(node: NodeProcess, ...words: string[]): Promise<string> {
  const connection = await Connection.open(parseNode(node.address));
  try {
    return String(await connection.call(words));
  } finally {
    connection.close();
  }
}

/** Removes the link between two nodes in both directions. Only KeyDB can remove one link of several. */
export async function cut(one: NodeProcess, other: NodeProcess): Promise<void> {
  await ask(one, 'REPLICAOF', 'REMOVE', '127.0.0.1', String(other.options.port));
  await ask(other, 'REPLICAOF', 'REMOVE', '127.0.0.1', String(one.options.port));
}

/** Links two nodes again in both directions. Neither knows the earlier link, so both resynchronize fully. */
export async function join(one: NodeProcess, other: NodeProcess): Promise<void> {
  await ask(one, 'REPLICAOF', '127.0.0.1', String(other.options.port));
  await ask(other, 'REPLICAOF', '127.0.0.1', String(one.options.port));
}

/** Returns all pairs of nodes, each once. */
export function pairsOf(mesh: Mesh): [NodeProcess, NodeProcess][] {
  return mesh.nodes.flatMap((one, i) =>
    mesh.nodes.slice(i + 1).map((other): [NodeProcess, NodeProcess] => [one, other]),
  );
}

/** Closes the connections of all links of a node. The nodes reconnect at once with a partial resynchronization. */
export async function interrupt(node: NodeProcess): Promise<void> {
  await ask(node, 'CLIENT', 'KILL', 'TYPE', 'replica');
  await ask(node, 'CLIENT', 'KILL', 'TYPE', 'master');
}

/** Waits until INFO of a node satisfies a condition. @throws Error with `what` after the deadline. */
export async function untilInfo(
  node: NodeProcess,
  section: string,
  what: string,
  holds: (info: Info) => boolean,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    if (holds(parseInfo(await ask(node, 'INFO', section)))) return;
    if (performance.now() > deadline) throw new Error(`node ${node.address}: no ${what} after 20 s`);
    await wait(POLL_MS);
  }
}

/**
 * Waits until a write on each node has reached all nodes. After a resynchronization, INFO reports a link as up, and its
 * replica as online, a second or two before it delivers the first write.
 */
export async function flowing(mesh: Mesh): Promise<void> {
  const value = String(performance.now());
  const deadline = performance.now() + DEADLINE_MS;
  const writers = writable(mesh);
  for (const node of writers) await ask(node, 'SET', `probe:${node.address}`, value);
  const keys = writers.map((node) => `probe:${node.address}`);
  for (const node of mesh.nodes) {
    while ((await ask(node, 'MGET', ...keys)) !== keys.map(() => value).join()) {
      if (performance.now() > deadline) {
        throw new Error(`writes on the other nodes have not reached ${node.address} after 20 s`);
      }
      await wait(POLL_MS);
    }
  }
}

/**
 * Waits until all other nodes confirm a write on one node. If nodes forward, a write can reach all nodes before each of
 * the node's own links works.
 */
export async function confirmed(mesh: Mesh, node: NodeProcess): Promise<void> {
  const others = mesh.nodes.length - 1;
  const connection = await Connection.open(parseNode(node.address));
  const deadline = performance.now() + DEADLINE_MS;
  try {
    do {
      if (performance.now() > deadline) {
        throw new Error(`not all nodes have confirmed a write on ${node.address} after 20 s`);
      }
      await connection.call(['SET', `probe:${node.address}`, String(deadline)]);
    } while (Number(await connection.call(['WAIT', String(others), '100'])) < others);
  } finally {
    connection.close();
  }
}

/** Returns the nodes that accept writes: all nodes of a mesh, the primary of a star. */
export function writable({ layout, nodes }: Mesh): readonly NodeProcess[] {
  return layout === 'mesh' ? nodes : nodes.slice(0, 1);
}

/** Saves a snapshot of a node's current data, and waits for its end. */
export async function snapshot(node: NodeProcess): Promise<void> {
  for (let started = false; !started; ) {
    await idle(node);
    started = await ask(node, 'BGSAVE').then(
      () => true,
      (error: Error) => {
        // Wait for a snapshot that the node started itself, and retry: it lacks the latest writes.
        if (/in progress/.test(error.message)) return false;
        throw error;
      },
    );
  }
  await idle(node);
}

async function idle(node: NodeProcess): Promise<void> {
  await untilInfo(node, 'persistence', 'end of a snapshot', ({ saving, saved }) => !saving && saved);
}

/**
 * Repeats FLUSHALL until no node has a key: a node may forward data from a resynchronization after a FLUSHALL. For the
 * same reason, later writes should use other keys.
 */
export async function empty(mesh: Mesh): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    await Promise.all(writable(mesh).map((node) => ask(node, 'FLUSHALL')));
    await wait(POLL_MS);
    const sizes = await Promise.all(mesh.nodes.map((node) => ask(node, 'DBSIZE')));
    if (sizes.every((size) => size === '0')) return;
    if (performance.now() > deadline)
      throw new Error(`nodes still have keys after 20 s of FLUSHALL: ${sizes}`);
  }
}
