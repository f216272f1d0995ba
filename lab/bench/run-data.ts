/** The stored form of a run: results/<date>/data.json. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../../toolkit/machine.ts';
import { loadSavedRun } from '../../toolkit/report/saved-run.ts';
import type { Sample } from './sample.ts';
import type { Scale } from './scale.ts';
import type { Check } from './summary/check.ts';
import type { Row } from './summary/summarize.ts';

/** Version of the format. Raised when this program can no longer read data of an older run. */
const FORMAT = 3;

export interface RunData {
  format: number;
  /** Start of the run, ISO 8601 in UTC. */
  startedAt: string;
  seconds: number;
  command: string;
  machine: Machine;
  scale: Scale;
  /** The given nodes. If omitted, the benchmark started its own. */
  givenNodes?: string;
  /** What was skipped, with the reasons. */
  notDone: string[];
  bars: Check[];
  rows: Row[];
  /** All measured data, from which the other fields can be computed again. */
  samples: Sample[];
}

type NewRunData = Omit<RunData, 'format'>;

/** @returns the stored run. */
export async function saveRun(folder: string, data: NewRunData): Promise<RunData> {
  const run = { format: FORMAT, ...data };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'data.json'), `${JSON.stringify(run, undefined, 1)}\n`);
  return run;
}

/** @param folder created by `npm run bench`. @throws Error with the reason if the folder is invalid. */
export function loadRun(folder: string): Promise<RunData> {
  return loadSavedRun(join(folder, 'data.json'), FORMAT);
}
