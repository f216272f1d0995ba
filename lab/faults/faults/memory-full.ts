import type { Redis } from 'ioredis';
import type { Scene } from '../scene.ts';
import { othersThan, untilCrossed } from './crossed.ts';
import { type Fault, SHORT_SECONDS } from './fault.ts';

export const memoryFull: Fault = {
  name: 'memory-full',
  about:
    "The lab sets maxmemory of the writer's node below its usage, so the node rejects writes. Then the lab resets it. In a mesh, it also forces a full resync (REPLICAOF), because KeyDB has dropped its peers' writes.",
  seconds: SHORT_SECONDS,
  nodesReachable: false,
  alerts: ['WritesRejected', 'CanaryLost', 'NodeBehind', 'Memory'],
  knownDivergence:
    'A KeyDB node without free memory drops writes from its peers but acknowledges them, so they are never resent. Force ' +
    'a full resync (REPLICAOF REMOVE <peer>, REPLICAOF <peer>), or compare and repair the nodes (npm run verify -- ' +
    '--repair-from <another node>).',
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  // A node of a mesh drops its peers' writes, so it is isolated. A replica accepts its primary's writes.
  parts: (scene, { nodes }) => (scene.mesh.layout === 'mesh' ? [nodes, othersThan(scene, nodes)] : undefined),
  inject: (scene, { nodes }) =>
    onEach(scene, nodes, async (client) => {
      await client.config('SET', 'maxmemory', '1');
    }),
  async heal(scene, { nodes }) {
    const isMesh = scene.mesh.layout === 'mesh';
    const limit = await limitOf(scene, othersThan(scene, nodes)[0] ?? 0);
    await onEach(scene, nodes, async (client, number) => {
      await client.config('SET', 'maxmemory', limit);
      if (isMesh) await takeAllAnew(scene, client, number);
    });
    if (isMesh) await untilCrossed(scene, nodes);
  },
};

/** Returns maxmemory of a node that the fault does not hit. All nodes start with the same limit. */
async function limitOf(scene: Scene, number: number): Promise<string> {
  const client = scene.nodes.node(number).patientClient();
  try {
    const [, limit = '0'] = await client.config('GET', 'maxmemory');
    return limit;
  } finally {
    client.disconnect();
  }
}

/** Forces a full resynchronization by removing and adding all peers. */
async function takeAllAnew({ nodes }: Scene, client: Redis, number: number): Promise<void> {
  for (const { host, port } of nodes.node(number).peers) {
    await client.call('REPLICAOF', 'REMOVE', host, String(port));
    await client.call('REPLICAOF', host, String(port));
  }
}

async function onEach(
  scene: Scene,
  nodes: readonly number[],
  work: (client: Redis, number: number) => Promise<void>,
): Promise<void> {
  for (const number of nodes) {
    const client = scene.nodes.node(number).patientClient();
    try {
      await work(client, number);
    } finally {
      client.disconnect();
    }
  }
}
