import { run } from '../common/lifecycle.ts';
import { stayConnected } from './stay-connected.ts';

run(
  'async-observer',
  'Observes the shared key with an async iterator (redis), and sends a handshake for each write that it reads.',
  stayConnected,
);
