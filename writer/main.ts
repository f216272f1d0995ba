import { run } from '../common/lifecycle.ts';
import { stayConnected } from './stay-connected.ts';

run(
  'writer',
  'Sets the shared key at a fixed interval and logs the round trip of each handshake.',
  stayConnected,
);
