/**
 * Runs many random schedules on all cores: `npm run test:simulation`. SIMULATION_RUNS is their number, SIMULATION_SEED
 * the seed of the first core; the other cores use the seeds that follow.
 */
import { availableParallelism } from 'node:os';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { explore } from './explore.ts';

interface Share {
  runs: number;
  seed: number;
}

if (isMainThread) await exploreOnAllCores(process.env);
else {
  const { runs, seed } = workerData as Share;
  await explore(runs, seed);
}

async function exploreOnAllCores({
  SIMULATION_RUNS = '100000',
  SIMULATION_SEED,
}: NodeJS.ProcessEnv): Promise<void> {
  const runs = Number(SIMULATION_RUNS);
  const seed = Number(SIMULATION_SEED ?? Date.now() % 2 ** 31);
  const cores = availableParallelism();
  const seeds = Array.from({ length: cores }, (_, i) => seed + i);
  const start = performance.now();
  const workers = seeds.map((seed) => runInThread({ runs: Math.ceil(runs / cores), seed }));
  const results = await Promise.allSettled(workers);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage();
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    process.stderr.write(`${(result.reason as Error).message}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(
    `${runs} schedules, seeds ${seeds.join(', ')}: ${seconds.toFixed(1)} s on ${cores} cores, ` +
      `${Math.round(runs / seconds)} schedules/s, ${((user + system) / 1e6).toFixed(1)} s of CPU time\n`,
  );
}

function runInThread(share: Share): Promise<void> {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: share })
      .on('error', reject)
      .on('exit', () => resolve());
  });
}
