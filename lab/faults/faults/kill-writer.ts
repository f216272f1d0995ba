import type { Fault } from './fault.ts';

export const killWriter: Fault = {
  name: 'kill-writer',
  about: 'The lab kills (-9) the writer, and restarts it as a supervisor does.',
  seconds: 1,
  nodesReachable: true,
  alerts: ['ServiceDown'],
  choose: () => ({ nodes: [], services: ['writer'] }),
  inject: ({ team }) => team.kill('writer'),
  async heal({ team }) {
    team.startOne('writer');
  },
};
