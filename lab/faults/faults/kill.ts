import { type Fault, RESTART_DIVERGENCE, SHORT_SECONDS } from './fault.ts';

export const kill: Fault = {
  name: 'kill',
  about: "The lab kills (-9) the writer's node, and restarts it.",
  seconds: SHORT_SECONDS,
  nodesReachable: false,
  alerts: ['NodeDown'],
  knownDivergence: RESTART_DIVERGENCE,
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ nodes }, target) {
    for (const number of target.nodes) await nodes.kill(number);
  },
  async heal({ nodes }, target) {
    for (const number of target.nodes) await nodes.restart(number);
  },
};
