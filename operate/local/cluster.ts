import { runUntilSignal } from '../../toolkit/until-signal.ts';
import { startCluster } from './cluster-of-three.ts';
import { say } from './console.ts';
import { inFrontOf, sayHowToGetIn } from './getting-in.ts';
import { readOptions } from './options.ts';

const options = readOptions('npm run cluster --', 'Starts only the three local nodes, until Ctrl-C.');
await runUntilSignal(async (cleanups) => {
  const cluster = await startCluster(options, cleanups);
  sayHowToGetIn(cluster);
  say('cluster', `ready: ${inFrontOf('npm run writer', cluster, 'writer')}`);
});
