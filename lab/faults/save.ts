/** Saves and loads a run: results/<date>/faults.json and faults.html. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileTime } from '../../toolkit/options.ts';
import { loadSavedRun } from '../../toolkit/report/saved-run.ts';
import { renderFaultsHtml } from './report/html.ts';
import { type FaultRun, FORMAT } from './results.ts';

/** Writes both files. @returns the path of the page. */
export async function saveRun(out: string, run: FaultRun): Promise<string> {
  const folder = resolve(out, fileTime(new Date(run.startedAt)));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'faults.json'), `${JSON.stringify(run, undefined, 1)}\n`);
  const page = join(folder, 'faults.html');
  await writeFile(page, await renderFaultsHtml(run));
  return page;
}

/** Loads a run. @param folder created by `npm run faults`. @throws Error with the reason if its file is invalid. */
export function loadFaults(folder: string): Promise<FaultRun> {
  return loadSavedRun(join(folder, 'faults.json'), FORMAT);
}
