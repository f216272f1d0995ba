import { run } from '../common/lifecycle.ts';
import { stayConnected } from './stay-connected.ts';

run(
  'sync-observer',
  'Observes the shared key with callbacks (ioredis), and sends a handshake for each write that it reads.',
  stayConnected,
);
