import { stayConnected } from '../../sync-observer/stay-connected.ts';
import { testObserver, testResynchronization } from './contract.ts';

const OBSERVER = { service: 'sync-observer', start: stayConnected } as const;
testObserver(OBSERVER, 'one node');
testResynchronization(OBSERVER);
