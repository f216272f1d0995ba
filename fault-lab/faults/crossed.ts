import type { Scene } from '../scene.ts';
import { until } from '../until.ts';

/** A silent link is made anew after `repl-timeout` (10 s), if TCP does not mend it before. */
const CROSSED_DEADLINE_MS = 20_000;

/**
 * Waits until something that is written on either side has arrived on each node of the other: only then is a link whole
 * again, for TCP pauses the longer the more it has lost, and a full resynchronisation takes its time.
 * @param nodes one side; the other side is all other nodes.
 */
export async function untilCrossed(scene: Scene, nodes: readonly number[]): Promise<void> {
  const others = othersThan(scene, nodes);
  const looks = [...looksFrom(scene, nodes, others), ...looksFrom(scene, others, nodes)];
  try {
    const read = async () => (await Promise.all(looks.map(({ client, keys }) => client.mget(keys)))).flat();
    const before = await read();
    const crossed = async () => (await read()).every((value, i) => value !== before[i]);
    await until(crossed, CROSSED_DEADLINE_MS, scene.options.signal);
  } finally {
    for (const { client } of looks) client.disconnect();
  }
}

/** What to look at on each node here: the keys that are set all the time on nodes there, if they take writes at all. */
function looksFrom({ nodes, traffic, usable }: Scene, here: readonly number[], there: readonly number[]) {
  const keys = there.filter((number) => number < usable.length).map((number) => traffic.busyKeyOf(number));
  return keys.length === 0
    ? []
    : here.map((number) => ({ client: nodes.node(number).patientClient(), keys }));
}

/** The numbers of all nodes but these. */
export function othersThan({ network }: Scene, nodes: readonly number[]): number[] {
  return [...network.ports.keys()].filter((number) => !nodes.includes(number));
}
