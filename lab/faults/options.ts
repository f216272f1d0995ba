/** Command-line options of `npm run faults`. */
import { Command, InvalidArgumentError, Option } from 'commander';
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
  /** Whether the lab's own clients use a restarted node before other nodes confirm its writes. */
  eager: boolean;
  /** Settings of the services that differ from the lab's defaults. */
  set: Chosen;
  /** Server program; absent: the first that is installed. */
  engine?: string;
  json: boolean;
  /** Parent folder of the run's folder. */
  out: string;
  list: boolean;
}

/** Options whose default is not a constant. */
type Preset = 'fault' | 'seed' | 'set';

const MAX_SEED = 2 ** 32 - 1;
const names = [...FAULTS, ...EXPERIMENTS].map(({ name }) => name);

/** Reads the command line. Prints help or an error with the expected values, and exits, if needed. */
export function readOptions(argv: readonly string[] = process.argv): LabOptions {
  const command = new Command('npm run faults --')
    .description('Injects faults into a mesh while the services run, heals them, and checks the guarantees.')
    .option('--fault <names>', 'run only these; comma-separated, can be repeated (default: all)', collect)
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
    .option(
      '--engine <program>',
      'keydb-server, valkey-server, or redis-server (default: the first that is installed)',
    )
    .option('--out <folder>', 'parent folder for the results', 'results')
    .option('--json', 'print the results as JSON instead of the table', false)
    .option('--list', 'list the faults and exit', false)
    .addHelpText(
      'after',
      `
${listFaults()}

Exit code: 0 all guarantees hold, 1 one is broken, 2 a verdict is unknown or the run is incomplete.`,
    )
    .allowExcessArguments(false)
    .parse(argv);
  const {
    fault = names,
    seed = Math.floor(Math.random() * MAX_SEED),
    set = {},
    ...rest
  } = command.opts<Omit<LabOptions, Preset> & Partial<Pick<LabOptions, Preset>>>();
  if (rest.random === undefined && command.getOptionValue('seed') !== undefined)
    command.error('error: --seed requires --random <n>');
  if (rest.random !== undefined && !FAULTS.some(({ name }) => fault.includes(name)))
    command.error('error: --random <n> requires faults, but --fault names only experiments');
  return { ...rest, fault, seed, set };
}

/** Returns one line for each fault and experiment. */
export function listFaults(): string {
  const lines = (list: readonly { name: string; about: string }[]) =>
    list.map(({ name, about }) => `  ${name.padEnd(17)}${about}`).join('\n');
  return `Faults:\n${lines(FAULTS)}\n\nExperiments without the services, which count lost writes:\n${lines(EXPERIMENTS)}`;
}

function collect(text: string, before: string[] = []): string[] {
  const wanted = text.split(',').map((name) => name.trim());
  if (wanted.every((name) => names.includes(name))) return [...before, ...wanted];
  throw new InvalidArgumentError(`Expected any of ${names.join(', ')}.`);
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
