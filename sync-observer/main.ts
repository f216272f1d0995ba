import { run } from '../common/lifecycle.ts';
import { stayConnected } from './stay-connected.ts';

run(
  'sync-observer',
  'Watches the shared key by callbacks (ioredis) and shakes hands for each write it sees.',
  stayConnected,
);
