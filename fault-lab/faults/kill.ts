import { type Fault, RESTART_DIVERGENCE, SHORT_SECONDS } from './fault.ts';

export const kill: Fault = {
  name: 'kill',
  about: "The writer's node is killed (-9), and started again.",
  seconds: SHORT_SECONDS,
  nodesReachable: false,
  knownDivergence: RESTART_DIVERGENCE,
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ nodes }, target) {
    for (const number of target.nodes) await nodes.kill(number);
  },
  async heal({ nodes }, target) {
    for (const number of target.nodes) await nodes.restart(number);
  },
};
