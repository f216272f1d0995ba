import fc from 'fast-check';
import { schedules } from './schedule.ts';
import { simulate } from './simulate.ts';

/**
 * Runs random schedules.
 * @param path of a failed run; if omitted, all runs of the seed.
 * @throws Error with the seed, the path, and the smallest schedule that was found.
 */
export async function explore(runs: number, seed: number, path?: string): Promise<void> {
  await fc.assert(fc.asyncProperty(schedules, simulate), {
    seed,
    numRuns: runs,
    ...(path !== undefined && { path }),
  });
}
