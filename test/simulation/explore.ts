import fc from 'fast-check';
import { schedules } from './schedule.ts';
import { simulate } from './simulate.ts';

/**
 * Runs random schedules.
 * @param path path of a failure, as an earlier run printed it. If omitted, runs all schedules of the seed.
 * @throws Error with the seed, the path, and the smallest schedule that was found.
 */
export async function explore(runs: number, seed: number, path?: string): Promise<void> {
  const details = await fc.check(fc.asyncProperty(schedules, simulate), {
    seed,
    numRuns: runs,
    ...(path !== undefined && { path, endOnFailure: true }),
  });
  if (!details.failed) return;
  const cause = details.errorInstance instanceof Error ? details.errorInstance.message : undefined;
  throw new Error(
    `${cause}\nschedule ${details.numRuns} of seed ${seed}, after ${details.numShrinks} steps of shrinking:\n` +
      `${fc.stringify(details.counterexample?.[0])}\n` +
      `To run it again: SIMULATION_SEED=${seed} SIMULATION_PATH=${details.counterexamplePath} npm test -- simulation`,
  );
}
