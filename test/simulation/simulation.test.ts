import { test } from 'node:test';
import { explore } from './explore.ts';

const { SIMULATION_RUNS = '2000', SIMULATION_SEED = '20240905', SIMULATION_PATH } = process.env;

test('no schedule of faults violates a guarantee', async () => {
  await explore(Number(SIMULATION_RUNS), Number(SIMULATION_SEED), SIMULATION_PATH);
});
