/**
 * Tests the services on a virtual clock against a model of the nodes: random schedules of delays and faults, and exact
 * checks. Environment variables:
 *
 *     SIMULATION_RUNS   number of schedules
 *     SIMULATION_SEED   other schedules
 *     SIMULATION_PATH   with the seed, one schedule of a failed run
 *
 * `npm run test:simulation` runs 100,000 schedules on all cores.
 */
import { test } from 'node:test';
import { explore } from './explore.ts';

const { SIMULATION_RUNS = '3000', SIMULATION_SEED = '20240905', SIMULATION_PATH } = process.env;

test('no schedule of delays and faults violates a guarantee', async () => {
  await explore(Number(SIMULATION_RUNS), Number(SIMULATION_SEED), SIMULATION_PATH);
});
