import { type Fault, SHORT_SECONDS } from './fault.ts';

export const clientCut: Fault = {
  name: 'client-cut',
  about: "The writer's node is cut off from all clients while it replicates. Then they reach it again.",
  seconds: SHORT_SECONDS,
  silent: true,
  nodesReachable: false,
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ network }, { nodes }) {
    for (const number of nodes) await network.cutClients(number);
  },
  heal: ({ network }) => network.healAll(),
};
