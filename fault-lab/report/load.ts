/** A run of the fault lab as it was kept. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FaultRun, FORMAT } from '../results.ts';

/** @param folder what `npm run faults` made. @throws Error that says what is wrong with it. */
export async function loadFaults(folder: string): Promise<FaultRun> {
  const file = join(folder, 'faults.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`there is no ${file}: expected a folder that npm run faults has made`);
  });
  const run = JSON.parse(text) as FaultRun;
  if (run.format !== FORMAT) throw new Error(`${file} has format ${run.format}, expected ${FORMAT}`);
  return run;
}
