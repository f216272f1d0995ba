import { startCluster } from './cluster-of-three.ts';
import { say } from './console.ts';
import { readOptions } from './options.ts';
import { runUntilSignal } from './until-signal.ts';

const options = readOptions('npm run cluster --', 'Starts three local nodes and nothing else, until Ctrl-C.');
await runUntilSignal(async (cleanups) => {
  const mesh = await startCluster(options, cleanups);
  say('cluster', `ready: KEYDB_NODES=${mesh.writable} npm run writer`);
});
