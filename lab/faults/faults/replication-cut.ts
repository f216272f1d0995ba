import { othersThan } from './crossed.ts';
import { type Fault, LONGER_THAN_LINKS_SECONDS } from './fault.ts';

export const replicationCut: Fault = {
  name: 'replication-cut',
  about:
    "The lab cuts the links between the writer's node and the next node while clients reach both. Then it restores the links.",
  seconds: LONGER_THAN_LINKS_SECONDS,
  nodesReachable: true,
  alerts: ['LinkDown'],
  choose(scene) {
    const one = scene.nodeOf('writer');
    // A star has links of the primary only.
    if (scene.mesh.layout === 'star') return { nodes: [0, Math.max(1, one)], services: [] };
    return { nodes: [one, (one + 1) % scene.network.ports.length], services: [] };
  },
  // In a mesh, the third node forwards between the two.
  parts: (scene, { nodes: [, replica = 1] }) =>
    scene.mesh.layout === 'star' ? [[replica], othersThan(scene, [replica])] : undefined,
  async inject({ network }, { nodes: [one = 0, other = 1] }) {
    await network.cutPeers(one, other);
  },
  heal: ({ network }) => network.healAll(),
};
