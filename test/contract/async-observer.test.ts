import { stayConnected } from '../../async-observer/stay-connected.ts';
import { testObserver, testResynchronization } from './contract.ts';

const OBSERVER = { service: 'async-observer', start: stayConnected } as const;
testObserver(OBSERVER, 'one node');
testResynchronization(OBSERVER);
