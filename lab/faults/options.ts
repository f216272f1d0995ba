/** Command-line options of `npm run faults`. */
import { Option } from 'commander';
import type { Layout } from '../../operate/local/index.ts';
import { UsageError } from '../../toolkit/node/errors.ts';
import {
  engineOption,
  jsonOption,
  namesAmong,
  outOption,
  parse,
  toolCommand,
  wholeNumber,
} from '../../toolkit/options.ts';
import { EXPERIMENTS } from './experiments/index.ts';
import { FAULTS } from './faults/index.ts';
import type { Wanted } from './network/open.ts';
import { type Chosen, choose, SETTABLE } from './services/settings.ts';

export interface LabOptions {
  /** Names of the faults and experiments to run, or of the faults in the random sequence. */
  fault: string[];
  /** Number of faults in a random sequence; absent: each fault once. */
  random?: number;
  seed: number;
  /** Duration of each fault; absent: the fault's default. */
  seconds?: number;
  network: Wanted;
  /** Whether to check the alerts of a real Prometheus instead of the guarantees. */
  alerts: boolean;
  /** Minutes without a fault, in which no alert may fire. */
  undisturbed?: number;
  /** Whether the lab's own clients use a restarted node before other nodes confirm its writes. */
  eager: boolean;
  /** Settings of the services that differ from the lab's defaults. */
  set: Chosen;
  /** Server program; absent: the first that is installed. */
  engine?: string;
  /** Layout of the nodes on KeyDB; other engines have only the star. */
  layout: Layout;
  json: boolean;
  /** Parent folder of the run's folder. */
  out: string;
  list: boolean;
}

/** Options whose default is not a constant. */
type Preset = 'fault' | 'seed' | 'set';

const MAX_SEED = 2 ** 32 - 1;
const names = [...FAULTS, ...EXPERIMENTS].map(({ name }) => name);

/** Parses the command line. @throws UsageError that states the expected value. */
export function readOptions(argv: readonly string[] = process.argv): LabOptions {
  const command = toolCommand(
    'npm run faults',
    'Injects faults into a mesh while the services run, heals them, and checks the guarantees.',
    {
      0: 'all guarantees hold',
      1: 'one is broken',
      2: 'a verdict is unknown or the run is incomplete',
    },
    `${listFaults()}\n`,
  )
    .option(
      '--fault <names>',
      'run only these; comma separated, can be repeated (default: all)',
      namesAmong(names),
    )
    .option('--random <n>', 'run a random sequence of n faults while writes continue', wholeNumber(1, 10_000))
    .option(
      '--seed <n>',
      'repeat the random sequence of this seed (default: random)',
      wholeNumber(0, MAX_SEED),
    )
    .option('--seconds <n>', 'duration of each fault (default: depends on the fault)', wholeNumber(1, 600))
    .addOption(
      new Option('--network <kind>', 'how to cut links; namespaces need root')
        .choices(['auto', 'namespaces', 'proxies'])
        .default('auto'),
    )
    .option('--eager', 'set keys on a restarted node at once, before other nodes confirm its writes', false)
    .option('--set <NAME=VALUE>', `setting of the services, can be repeated: ${SETTABLE.join(', ')}`, choose)
    .option('--alerts', 'check the alerts of a real Prometheus instead of the guarantees', false)
    .option(
      '--undisturbed <minutes>',
      'with --alerts: inject no fault; no alert may fire',
      wholeNumber(1, 1440),
    )
    .addOption(engineOption())
    .addOption(
      new Option('--layout <kind>', 'all nodes accept writes, or one primary (always on Valkey and Redis)')
        .choices(['mesh', 'star'])
        .default('mesh'),
    )
    .addOption(outOption('folder', 'results, with one folder for each run').default('results'))
    .addOption(jsonOption)
    .option('--list', 'list the faults and exit', false);
  const {
    fault = names,
    seed = Math.floor(Math.random() * MAX_SEED),
    set = {},
    ...rest
  } = parse<Omit<LabOptions, Preset> & Partial<Pick<LabOptions, Preset>>>(command, argv);
  if (rest.random === undefined && command.getOptionValue('seed') !== undefined)
    throw new UsageError('--seed requires --random <n>');
  if ((rest.random !== undefined || rest.alerts) && !FAULTS.some(({ name }) => fault.includes(name)))
    throw new UsageError('--random <n> and --alerts require faults, but --fault names only experiments');
  if (rest.undisturbed !== undefined && !rest.alerts) throw new UsageError('--undisturbed requires --alerts');
  if (rest.alerts && rest.random !== undefined)
    throw new UsageError('--alerts checks each fault alone: omit --random');
  return { ...rest, fault, seed, set };
}

/** Returns one line for each fault and experiment. */
export function listFaults(): string {
  const lines = (list: readonly { name: string; about: string }[]) =>
    list.map(({ name, about }) => `  ${name.padEnd(17)}${about}`).join('\n');
  return `Faults:\n${lines(FAULTS)}\n\nExperiments without the services, which count lost writes:\n${lines(EXPERIMENTS)}`;
}
