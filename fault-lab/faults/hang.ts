import { type Fault, SHORT_SECONDS } from './fault.ts';

export const hang: Fault = {
  name: 'hang',
  about: "The writer's node is suspended (SIGSTOP): it accepts and says nothing. Then it goes on (SIGCONT).",
  seconds: SHORT_SECONDS,
  silent: true,
  nodesReachable: false,
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ nodes }, target) {
    for (const number of target.nodes) nodes.node(number).signal('SIGSTOP');
  },
  async heal({ nodes }, target) {
    for (const number of target.nodes) nodes.node(number).signal('SIGCONT');
  },
};
