import type { Fault } from './fault.ts';

export const killWriter: Fault = {
  name: 'kill-writer',
  about: 'The writer is killed (-9), and started again as a supervisor would.',
  seconds: 1,
  nodesReachable: true,
  choose: () => ({ nodes: [], services: ['writer'] }),
  inject: ({ team }) => team.kill('writer'),
  async heal({ team }) {
    team.startOne('writer');
  },
};
