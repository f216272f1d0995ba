import type { Scene } from '../scene.ts';
import { type Fault, SHORT_SECONDS } from './fault.ts';

export const memoryFull: Fault = {
  name: 'memory-full',
  about:
    "The writer's node has no memory left (maxmemory below what it uses, noeviction): it refuses writes. Then it has again.",
  seconds: SHORT_SECONDS,
  visibleAfterMs: 0,
  nodesReachable: false,
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  inject: (scene, { nodes }) => setMaxMemory(scene, nodes, '1'),
  heal: (scene, { nodes }) => setMaxMemory(scene, nodes, '0'),
};

/** @param bytes 0: no limit. */
async function setMaxMemory(scene: Scene, nodes: readonly number[], bytes: string): Promise<void> {
  for (const number of nodes) {
    const client = scene.nodes.node(number).patientClient();
    try {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      await client.config('SET', 'maxmemory', bytes);
    } finally {
      client.disconnect();
    }
  }
}
