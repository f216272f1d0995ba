/** npm run cluster */
import { runCluster } from './cluster-of-three.ts';
import { say } from './console.ts';
import { inFrontOf, sayHowToGetIn } from './getting-in.ts';

await runCluster('npm run cluster', 'Starts only the three local nodes, until Ctrl-C.', async (cluster) => {
  sayHowToGetIn(cluster);
  say('cluster', `ready: ${inFrontOf('npm run writer', cluster, 'writer')}`);
});
