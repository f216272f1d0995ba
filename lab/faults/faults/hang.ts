import { type Fault, SHORT_SECONDS } from './fault.ts';

export const hang: Fault = {
  name: 'hang',
  about:
    "The lab suspends the writer's node (SIGSTOP): it accepts connections but does not reply. Then it resumes (SIGCONT).",
  seconds: SHORT_SECONDS,
  silent: true,
  nodesReachable: false,
  alerts: ['NodeDown'],
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ nodes }, target) {
    for (const number of target.nodes) nodes.node(number).signal('SIGSTOP');
  },
  async heal({ nodes }, target) {
    for (const number of target.nodes) nodes.node(number).signal('SIGCONT');
  },
};
