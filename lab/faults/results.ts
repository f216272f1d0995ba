/** Format of a saved run: results/<date>/faults.json. */

import type { Layout } from '../../operate/local/index.ts';
import type { Engine } from '../../toolkit/engine.ts';
import type { Machine } from '../../toolkit/machine.ts';
import type { AlertRecord } from './alerts/record.ts';
import type { History } from './history.ts';
import type { Chosen } from './services/settings.ts';
import type { Verdict } from './verdict.ts';

/** Format of faults.json. Raise it if the lab can no longer read data of an older run. */
export const FORMAT = 5;

/** Result of one fault or experiment. */
export interface FaultResult {
  name: string;
  about: string;
  verdicts: Verdict[];
  /** Record of the run; absent for an experiment, which has no services, and with `alerts`. */
  history?: History;
  /** Record of the alerts, with --alerts. */
  alerts?: AlertRecord;
  /** Command that repeats only this fault or experiment. */
  command: string;
}

export interface FaultRun {
  format: number;
  /** Start time, ISO 8601 in UTC. */
  startedAt: string;
  seconds: number;
  command: string;
  machine: Machine;
  engine: string;
  layout: Layout;
  network: History['network'];
  /** Version of Prometheus, with --alerts. */
  prometheus?: string;
  /** Settings of the services that differ from the lab's defaults. */
  settings: Chosen;
  results: FaultResult[];
  /** Chosen faults and experiments that did not run, with the reason. */
  notDone: string[];
}

/** An experiment that counts lost writes without the services: `experiments/`. */
export interface Experiment {
  name: string;
  about: string;
  /** Expected duration. */
  seconds: number;
  /** Whether it requires that all nodes accept writes. */
  needsMesh: boolean;
  run(context: ExperimentContext): Promise<Verdict[]>;
}

export interface ExperimentContext {
  engine: Engine;
  layout?: Layout;
  /** Folder for the nodes' data; the lab removes it after the experiment. */
  folder: string;
  /** Aborted by Ctrl-C. The experiment must then stop its nodes. */
  signal: AbortSignal;
  /** Fraction of the full size, for tests; absent: 1. */
  scale?: number;
  /** Prints one line of progress. */
  say(line: string): void;
}
