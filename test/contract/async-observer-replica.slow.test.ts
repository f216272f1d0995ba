import { stayConnected } from '../../async-observer/stay-connected.ts';
import { testObserver } from './contract.ts';

testObserver({ service: 'async-observer', start: stayConnected }, 'a replica');
