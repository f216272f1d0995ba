import { type Fault, SHORT_SECONDS } from './fault.ts';

export const clientCut: Fault = {
  name: 'client-cut',
  about:
    "The lab cuts the writer's node off from all clients but not from its peers. Then it restores the links.",
  seconds: SHORT_SECONDS,
  silent: true,
  nodesReachable: false,
  alerts: ['NodeDown'],
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ network }, { nodes }) {
    for (const number of nodes) await network.cutClients(number);
  },
  heal: ({ network }) => network.healAll(),
};
