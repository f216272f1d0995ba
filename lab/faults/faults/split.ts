import { othersThan, untilCrossed } from './crossed.ts';
import { type Fault, LONGER_THAN_LINKS_SECONDS } from './fault.ts';

export const split: Fault = {
  name: 'split',
  about:
    "The lab isolates the sync-observer's node from both others while clients write on both sides. Then it restores the links.",
  seconds: LONGER_THAN_LINKS_SECONDS,
  nodesReachable: true,
  alerts: ['LinkDown', 'NodeBehind', 'CanaryLost', 'ObserverSilent'],
  needsMesh: 'there are no writes on the other side',
  choose: (scene) => ({ nodes: [scene.nodeOf('sync-observer')], services: [] }),
  parts: (scene, { nodes }) => [nodes, othersThan(scene, nodes)],
  async inject(scene, { nodes }) {
    for (const one of nodes) {
      for (const other of othersThan(scene, nodes)) await scene.network.cutPeers(one, other);
    }
  },
  async heal(scene, { nodes }) {
    await scene.network.healAll();
    await untilCrossed(scene, nodes);
  },
};
