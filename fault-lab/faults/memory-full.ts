import type { Redis } from 'ioredis';
import type { Scene } from '../scene.ts';
import { othersThan, untilCrossed } from './crossed.ts';
import { type Fault, SHORT_SECONDS } from './fault.ts';

export const memoryFull: Fault = {
  name: 'memory-full',
  about:
    "The writer's node has no memory left (maxmemory below what it uses, noeviction): it refuses writes. Then it has again; KeyDB has dropped what its peers sent meanwhile, so it is told to take all from them anew (REPLICAOF).",
  seconds: SHORT_SECONDS,
  nodesReachable: false,
  knownDivergence:
    'KeyDB drops what its peers send to a node that has no memory left, and acknowledges it: it is not sent again. Have ' +
    'the node take all anew (REPLICAOF REMOVE <peer>, REPLICAOF <peer>), or compare and repair (npm run verify -- ' +
    '--repair-from <another node>).',
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  // What its peers take does not reach it.
  parts: (scene, { nodes }) => [nodes, othersThan(scene, nodes)],
  inject: (scene, { nodes }) =>
    onEach(scene, nodes, async (client) => {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      await client.config('SET', 'maxmemory', '1');
    }),
  async heal(scene, { nodes }) {
    const { multiMaster } = scene.options.engine;
    await onEach(scene, nodes, async (client, number) => {
      await client.config('SET', 'maxmemory', '0');
      if (multiMaster) await takeAllAnew(scene, client, number);
    });
    if (multiMaster) await untilCrossed(scene, nodes);
  },
};

/** A node that has forgotten its peers and is told of them again asks for a full resynchronisation. */
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
