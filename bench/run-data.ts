/** One run as it is kept: results/<date>/data.json. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Sample } from './sample.ts';
import type { Scale } from './scale.ts';
import type { Bar } from './summary/check.ts';
import type { Row } from './summary/summarise.ts';

/** Raised when data of an older run could not be read as this is. */
const FORMAT = 3;

export interface RunData {
  format: number;
  /** When it started, ISO 8601 in UTC. */
  startedAt: string;
  seconds: number;
  command: string;
  machine: Machine;
  scale: Scale;
  /** The nodes it ran on, if they were given. */
  givenNodes?: string;
  /** What was asked for and not done, and why. */
  notDone: string[];
  bars: Bar[];
  rows: Row[];
  /** Everything measured, from which the rest can be worked out again. */
  samples: Sample[];
}

type NewRunData = Omit<RunData, 'format'>;

/** @returns the run as it was kept. */
export async function saveRun(folder: string, data: NewRunData): Promise<RunData> {
  const run = { format: FORMAT, ...data };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'data.json'), `${JSON.stringify(run, undefined, 1)}\n`);
  return run;
}

/** @param folder what `npm run bench` made. @throws Error that says what is wrong with it. */
export async function loadRun(folder: string): Promise<RunData> {
  const file = join(folder, 'data.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`there is no ${file}: expected a folder that npm run bench has made`);
  });
  const run = JSON.parse(text) as RunData;
  if (run.format !== FORMAT) throw new Error(`${file} has format ${run.format}, expected ${FORMAT}`);
  return run;
}
