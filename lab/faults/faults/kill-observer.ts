import { OBSERVERS } from '../../../common/services.ts';
import { oneOf } from '../dice.ts';
import type { Fault } from './fault.ts';

export const killObserver: Fault = {
  name: 'kill-observer',
  about: 'The lab kills (-9) the sync-observer, and restarts it as a supervisor does.',
  seconds: 1,
  nodesReachable: true,
  alerts: ['ServiceDown'],
  choose: ({ dice }) => ({ nodes: [], services: [dice ? oneOf(OBSERVERS, dice) : 'sync-observer'] }),
  async inject({ team }, { services }) {
    for (const service of services) await team.kill(service);
  },
  async heal({ team }, { services }) {
    for (const service of services) team.startOne(service);
  },
};
