import type { Scene } from '../scene.ts';
import { until } from '../until.ts';

/** A silent link is re-established after `repl-timeout` (10 s), unless TCP recovers first. */
const CROSSED_DEADLINE_MS = 20_000;

/**
 * Waits until a write on either side has reached each node of the other side. Only this shows that a link works: TCP
 * backs off after losses, and a full resynchronization takes time.
 * @param nodes one side; all other nodes are the other side.
 */
export async function untilCrossed(scene: Scene, nodes: readonly number[]): Promise<void> {
  const others = othersThan(scene, nodes);
  const readers = [...readersOf(scene, nodes, others), ...readersOf(scene, others, nodes)];
  try {
    const read = async () => (await Promise.all(readers.map(({ client, keys }) => client.mget(keys)))).flat();
    const before = await read();
    const crossed = async () => (await read()).every((value, i) => value !== before[i]);
    await until(crossed, CROSSED_DEADLINE_MS, scene.options.signal);
  } finally {
    for (const { client } of readers) client.disconnect();
  }
}

/** Returns, for each node here, a client and the busy keys of the nodes there that accept writes. */
function readersOf({ nodes, traffic, writeNodes }: Scene, here: readonly number[], there: readonly number[]) {
  const keys = there
    .filter((number) => number < writeNodes.length)
    .map((number) => traffic.busyKeyOf(number));
  return keys.length === 0
    ? []
    : here.map((number) => ({ client: nodes.node(number).patientClient(), keys }));
}

/** Returns the numbers of all other nodes. */
export function othersThan({ network }: Scene, nodes: readonly number[]): number[] {
  return [...network.ports.keys()].filter((number) => !nodes.includes(number));
}
