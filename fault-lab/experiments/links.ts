/** Links between nodes, cut and made anew while the nodes and their clients go on. */
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '../../bench/raw/connection.ts';
import type { Mesh } from '../../local/mesh.ts';
import type { NodeProcess } from '../../local/node-process.ts';

const POLL_MS = 20;
const DEADLINE_MS = 20_000;

/** Sends one command on a connection of its own. @throws Error if the node replies with an error, or is lost. */
export async function ask(node: NodeProcess, ...words: string[]): Promise<string> {
  const connection = await Connection.open(node.address);
  try {
    return String(await connection.call(...words));
  } finally {
    connection.close();
  }
}

/** Takes the link between two nodes away, both ways, until `join`. Only KeyDB can take away one link of several. */
export async function cut(one: NodeProcess, other: NodeProcess): Promise<void> {
  await ask(one, 'REPLICAOF', 'REMOVE', '127.0.0.1', String(other.options.port));
  await ask(other, 'REPLICAOF', 'REMOVE', '127.0.0.1', String(one.options.port));
}

/** Links two nodes again, both ways. They know nothing of an earlier link, so each loads all that the other has. */
export async function join(one: NodeProcess, other: NodeProcess): Promise<void> {
  await ask(one, 'REPLICAOF', '127.0.0.1', String(other.options.port));
  await ask(other, 'REPLICAOF', '127.0.0.1', String(one.options.port));
}

/** All pairs of nodes, each once. */
export function pairsOf(mesh: Mesh): [NodeProcess, NodeProcess][] {
  return mesh.nodes.flatMap((one, i) =>
    mesh.nodes.slice(i + 1).map((other): [NodeProcess, NodeProcess] => [one, other]),
  );
}

/** Breaks the connections of all links of a node. They are made again at once, and go on where they were. */
export async function interrupt(node: NodeProcess): Promise<void> {
  await ask(node, 'CLIENT', 'KILL', 'TYPE', 'replica');
  await ask(node, 'CLIENT', 'KILL', 'TYPE', 'master');
}

/** Waits until INFO of a node satisfies a condition. @throws Error that says what was waited for. */
export async function untilInfo(
  node: NodeProcess,
  section: string,
  what: string,
  holds: (info: string) => boolean,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    if (holds(await ask(node, 'INFO', section))) return;
    if (performance.now() > deadline) throw new Error(`node ${node.address}: no ${what} after 20 s`);
    await wait(POLL_MS);
  }
}

/**
 * Waits until what is written on any node arrives on all: after a resynchronisation INFO calls a link up, and its replica
 * online, a second or two before the first write goes through.
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
        throw new Error(`writes on the other nodes do not reach ${node.address} after 20 s`);
      }
      await wait(POLL_MS);
    }
  }
}

/**
 * Waits until all other nodes confirm what is written on one. Where nodes forward, a write can arrive everywhere although
 * one of the node's own links does not deliver yet.
 */
export async function confirmed(mesh: Mesh, node: NodeProcess): Promise<void> {
  const others = mesh.nodes.length - 1;
  const connection = await Connection.open(node.address);
  const deadline = performance.now() + DEADLINE_MS;
  try {
    do {
      if (performance.now() > deadline) {
        throw new Error(`not all nodes confirm what is written on ${node.address} after 20 s`);
      }
      await connection.call('SET', `probe:${node.address}`, String(deadline));
    } while (Number(await connection.call('WAIT', String(others), '100')) < others);
  } finally {
    connection.close();
  }
}

/** The nodes that take writes: all of a mesh, else the primary. */
export function writable({ engine, nodes }: Mesh): readonly NodeProcess[] {
  return engine.multiMaster ? nodes : nodes.slice(0, 1);
}

/** Saves a snapshot of what a node holds now, and waits for its end. */
export async function snapshot(node: NodeProcess): Promise<void> {
  for (let started = false; !started; ) {
    await idle(node);
    started = await ask(node, 'BGSAVE').then(
      () => true,
      (error: Error) => {
        // One that the node started on its own account just now: it began before, so it does not count.
        if (/in progress/.test(error.message)) return false;
        throw error;
      },
    );
  }
  await idle(node);
}

async function idle(node: NodeProcess): Promise<void> {
  await untilInfo(
    node,
    'persistence',
    'end of a snapshot',
    (info) => /^rdb_bgsave_in_progress:0/m.test(info) && /^rdb_last_bgsave_status:ok/m.test(info),
  );
}

/**
 * Removes all keys of all nodes, again and again until none has one: what a node loaded in a resynchronisation it passes
 * on to the others, and that can overtake a FLUSHALL. So what is written next should be under other names.
 */
export async function empty(mesh: Mesh): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    await Promise.all(writable(mesh).map((node) => ask(node, 'FLUSHALL')));
    await wait(POLL_MS);
    const sizes = await Promise.all(mesh.nodes.map((node) => ask(node, 'DBSIZE')));
    if (sizes.every((size) => size === '0')) return;
    if (performance.now() > deadline) throw new Error(`keys are left after 20 s of FLUSHALL: ${sizes}`);
  }
}
