import { untilCrossed } from './crossed.ts';
import { type Fault, SHORT_SECONDS } from './fault.ts';

const SLOWNESS = { delayMs: 50, loss: 0.05 };

export const slowLink: Fault = {
  name: 'slow-link',
  about:
    "The lab slows down all links of the writer's node (50 ms delay, or 1 Mbit/s) and drops 5 % of their packets. Then it restores them.",
  seconds: 2 * SHORT_SECONDS,
  nodesReachable: true,
  alerts: ['CanaryLate'],
  // At 1 Mbit/s, notifications can take longer than the limit of the monitor, 5 s.
  possibleAlerts: ['CanaryLost'],
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject({ network }, { nodes }) {
    for (const number of nodes) await network.slow(number, SLOWNESS);
  },
  async heal(scene, { nodes }) {
    await scene.network.healAll();
    await untilCrossed(scene, nodes);
  },
};
