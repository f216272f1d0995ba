import { SERVICES } from '../../../common/services.ts';
import { oneOf } from '../dice.ts';
import { type Fault, SHORT_SECONDS } from './fault.ts';

const MINUTE_MS = 60_000;

export const clock: Fault = {
  name: 'clock',
  about: "The lab sets the running writer's clock forward by a minute, then back.",
  seconds: SHORT_SECONDS,
  nodesReachable: true,
  alerts: ['ClockOffset'],
  skewMs: MINUTE_MS,
  choose: ({ dice }) => ({ nodes: [], services: [dice ? oneOf(SERVICES, dice) : 'writer'] }),
  async inject({ team }, { services }) {
    for (const service of services) team.signal(service, 'SIGURG');
  },
  async heal({ team }, { services }) {
    for (const service of services) team.signal(service, 'SIGURG');
  },
};
