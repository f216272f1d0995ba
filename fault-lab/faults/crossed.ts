import type { Scene } from '../scene.ts';
import { until } from '../until.ts';

/** A silent link is made anew after `repl-timeout` (10 s), if TCP does not mend it before. */
const CROSSED_DEADLINE_MS = 20_000;

/**
 * Waits until something that was written on each of the other nodes has arrived on these: only then is a link whole again,
 * for TCP pauses the longer the longer it was cut, and a full resynchronisation takes its time.
 */
export async function untilCrossed(scene: Scene, nodes: readonly number[]): Promise<void> {
  const clients = nodes.map((number) => scene.nodes.node(number).patientClient());
  const keys = othersThan(scene, nodes).map((number) => scene.traffic.busyKeyOf(number));
  try {
    const read = async () => (await Promise.all(clients.map((client) => client.mget(keys)))).flat();
    const before = await read();
    const crossed = async () => (await read()).every((value, i) => value !== before[i]);
    await until(crossed, CROSSED_DEADLINE_MS, scene.options.signal);
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** The numbers of all nodes but these. */
export function othersThan({ network }: Scene, nodes: readonly number[]): number[] {
  return [...network.ports.keys()].filter((number) => !nodes.includes(number));
}
