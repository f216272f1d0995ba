/** One run of the lab as it is kept: results/<date>/faults.json. */
import type { Machine } from '../bench/machine.ts';
import type { Engine } from '../local/engine.ts';
import type { History } from './history.ts';
import type { Chosen } from './services/settings.ts';
import type { Verdict } from './verdict.ts';

/** Format of faults.json. Raise it if the lab can no longer read data of an older run. */
export const FORMAT = 2;

/** Something broken once, and what it did to the promises. */
export interface FaultResult {
  name: string;
  about: string;
  verdicts: Verdict[];
  /** Absent for an experiment, which has no services and so no timeline. */
  history?: History;
  /** The command that shows it alone. */
  command: string;
}

export interface FaultRun {
  format: number;
  /** When it started, ISO 8601 in UTC. */
  startedAt: string;
  seconds: number;
  command: string;
  machine: Machine;
  engine: string;
  network: History['network'];
  /** Settings of the services that differ from the lab's defaults. */
  settings: Chosen;
  results: FaultResult[];
  /** What was asked for and not done, and why. */
  notDone: string[];
}

/** An experiment that counts what is lost, without the services: `fault-lab/experiments/`. */
export interface Experiment {
  name: string;
  about: string;
  /** Seconds that it takes, for the time left. */
  seconds: number;
  /** Only where every node can be written to. */
  needsMultiMaster: boolean;
  run(context: ExperimentContext): Promise<Verdict[]>;
}

export interface ExperimentContext {
  engine: Engine;
  /** A folder for the nodes' data; removed afterwards. */
  folder: string;
  /** Aborted by Ctrl-C; what was started is stopped then. */
  signal: AbortSignal;
  /** The share of its full size in which it is done, for tests; absent: all of it. */
  scale?: number;
  /** Progress, one line. */
  say(line: string): void;
}
