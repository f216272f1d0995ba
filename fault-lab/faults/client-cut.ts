import { type Fault, SHORT_SECONDS, SILENT_MS } from './fault.ts';

export const clientCut: Fault = {
  name: 'client-cut',
  about: "The writer's node is cut off from all clients while it replicates. Then they reach it again.",
  seconds: SHORT_SECONDS,
  visibleAfterMs: SILENT_MS,
  nodesReachable: false,
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ network }, { nodes }) {
    for (const number of nodes) await network.cutClients(number);
  },
  heal: ({ network }) => network.healAll(),
};
