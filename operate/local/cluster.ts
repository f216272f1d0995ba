/** npm run cluster */
import { commandFor, printAccess } from './access.ts';
import { runCluster } from './cluster-of-three.ts';
import { say } from './console.ts';

await runCluster('npm run cluster', 'Starts only the three local nodes, until Ctrl-C.', async (cluster) => {
  printAccess(cluster);
  say('cluster', `ready: ${commandFor('npm run writer', cluster, 'writer')}`);
});
