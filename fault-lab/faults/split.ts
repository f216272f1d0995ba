import type { Scene } from '../scene.ts';
import { type Fault, LONGER_THAN_LINKS_SECONDS, type Target } from './fault.ts';

export const split: Fault = {
  name: 'split',
  about:
    "The sync-observer's node is cut off from both others, both ways, while clients write on both sides. Then the links are whole again.",
  seconds: LONGER_THAN_LINKS_SECONDS,
  visibleAfterMs: 0,
  nodesReachable: true,
  needsMultiMaster: 'where only one node takes writes, there is no traffic on the other side',
  choose: (scene) => ({ nodes: [scene.nodeOf('sync-observer')], services: [] }),
  parts: (scene, { nodes }) => [nodes, others(scene, { nodes })],
  async inject(scene, target) {
    for (const one of target.nodes) {
      for (const other of others(scene, target)) await scene.network.cutPeers(one, other);
    }
  },
  heal: ({ network }) => network.healAll(),
};

function others({ network }: Scene, { nodes }: Pick<Target, 'nodes'>): number[] {
  return [...network.ports.keys()].filter((number) => !nodes.includes(number));
}
