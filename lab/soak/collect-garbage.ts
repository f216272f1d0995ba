/**
 * Preloaded into a service (`node --import`). SIGURG runs a full garbage collection, and prints the memory that remains, as a
 * log line. Without it, the memory of an idle Node.js process rises for up to half an hour between two collections.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGURG', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const line = { level: 20, event: 'collected', liveBytes: heapUsed + external, msg: 'collected garbage' };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
