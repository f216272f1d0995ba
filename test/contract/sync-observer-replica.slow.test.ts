import { stayConnected } from '../../sync-observer/stay-connected.ts';
import { testObserver } from './contract.ts';

testObserver({ service: 'sync-observer', start: stayConnected }, 'a replica');
