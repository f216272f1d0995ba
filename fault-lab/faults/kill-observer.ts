import { oneOf } from '../dice.ts';
import { OBSERVERS } from '../services/team.ts';
import type { Fault } from './fault.ts';

export const killObserver: Fault = {
  name: 'kill-observer',
  about: 'The sync-observer is killed (-9), and started again as a supervisor would.',
  seconds: 1,
  nodesReachable: true,
  choose: ({ dice }) => ({ nodes: [], services: [dice ? oneOf(OBSERVERS, dice) : 'sync-observer'] }),
  async inject({ team }, { services }) {
    for (const service of services) await team.kill(service);
  },
  async heal({ team }, { services }) {
    for (const service of services) team.startOne(service);
  },
};
