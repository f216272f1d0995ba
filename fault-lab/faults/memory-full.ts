import type { Scene } from '../scene.ts';
import { type Fault, SHORT_SECONDS } from './fault.ts';

export const memoryFull: Fault = {
  name: 'memory-full',
  about:
    "The writer's node has no memory left (maxmemory below what it uses, noeviction): it refuses writes. Then it has again.",
  seconds: SHORT_SECONDS,
  visibleAfterMs: 0,
  nodesReachable: false,
  knownDivergence:
    'KeyDB drops what its peers send to a node that has no memory left, and acknowledges it: it is not sent again. Give a ' +
    'container more memory than maxmemory or set none, watch used_memory, and afterwards compare (npm run verify) and ' +
    'repair (-- --repair-from <another node>).',
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  // What its peers take does not reach it: KeyDB drops it there.
  parts: ({ network }, { nodes }) => [
    nodes,
    [...network.ports.keys()].filter((number) => !nodes.includes(number)),
  ],
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
