import { type Fault, RESTART_DIVERGENCE, SHORT_SECONDS } from './fault.ts';

export const stop: Fault = {
  name: 'stop',
  about: "The lab stops the writer's node cleanly, so that it saves a snapshot, and restarts it.",
  seconds: SHORT_SECONDS,
  nodesReachable: false,
  alerts: ['NodeDown'],
  knownDivergence: RESTART_DIVERGENCE,
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ nodes }, target) {
    for (const number of target.nodes) await nodes.stop(number);
  },
  async heal({ nodes }, target) {
    for (const number of target.nodes) await nodes.restart(number);
  },
};
