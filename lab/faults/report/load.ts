/** Loads a saved run of the fault lab. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FaultRun, FORMAT } from '../results.ts';

/** Loads a run. @param folder of `npm run faults`. @throws Error if faults.json is missing or has another format. */
export async function loadFaults(folder: string): Promise<FaultRun> {
  const file = join(folder, 'faults.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} is missing: expected a folder that npm run faults has created`);
  });
  const run = JSON.parse(text) as FaultRun;
  if (run.format !== FORMAT) throw new Error(`${file} has format ${run.format}, expected ${FORMAT}`);
  return run;
}
