import { run } from '../common/lifecycle.ts';
import { stayConnected } from './stay-connected.ts';

run(
  'async-observer',
  'Watches the shared key by an async iterator (redis) and shakes hands for each write it sees.',
  stayConnected,
);
