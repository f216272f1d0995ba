/** What `npm run faults` can be told. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXPERIMENTS } from './experiments/index.ts';
import { FAULTS } from './faults/index.ts';
import type { Wanted } from './network/open.ts';
import { type Chosen, choose, SETTABLE } from './services/settings.ts';

export interface LabOptions {
  /** Names of the faults and experiments to run, or of the faults to choose from. */
  fault: string[];
  /** How many of a random sequence; absent: each fault once. */
  random?: number;
  seed: number;
  /** How long each fault lasts; absent: as suits it. */
  seconds?: number;
  network: Wanted;
  /** The lab's own clients do not wait until a node that was started again is confirmed by others. */
  eager: boolean;
  /** Settings of the services that differ from the lab's defaults. */
  set: Chosen;
  /** The server program; absent: the best there is. */
  engine?: string;
  json: boolean;
  /** Where the folder of the run is made. */
  out: string;
  list: boolean;
}

/** Options whose default is not a constant. */
type Preset = 'fault' | 'seed' | 'set';

const MAX_SEED = 2 ** 32 - 1;
const names = [...FAULTS, ...EXPERIMENTS].map(({ name }) => name);

/** Reads the command line; exits with help or with an error that says what was expected. */
export function readOptions(argv: readonly string[] = process.argv): LabOptions {
  const command = new Command('npm run faults --')
    .description('Breaks a mesh under the real services, heals it, and judges what was kept of the promises.')
    .option('--fault <names>', 'only these, comma separated or given several times (default: all)', collect)
    .option(
      '--random <n>',
      'a random sequence of so many faults under writes that never pause',
      wholeNumber(1, 10_000),
    )
    .option('--seed <n>', 'makes the same random sequence again (default: any)', wholeNumber(0, MAX_SEED))
    .option('--seconds <n>', 'how long each fault lasts (default: as suits it)', wholeNumber(1, 600))
    .addOption(
      new Option('--network <kind>', 'how links are cut: real ones need root')
        .choices(['auto', 'namespaces', 'proxies'])
        .default('auto'),
    )
    .option(
      '--eager',
      'set keys on a node that was started again at once, not when others confirm what it takes',
      false,
    )
    .option(
      '--set <NAME=VALUE>',
      `a setting of the services, may be given several times: ${SETTABLE.join(', ')}`,
      choose,
    )
    .option(
      '--engine <program>',
      'keydb-server, valkey-server or redis-server (default: the first of them that is there)',
    )
    .option('--out <folder>', 'where the run’s folder is made', 'results')
    .option('--json', 'print the results as JSON instead of the table', false)
    .option('--list', 'only say which faults there are', false)
    .addHelpText(
      'after',
      `
${listFaults()}

Exit code: 0 all promises hold, 1 one is broken, 2 one could not be judged or the run was cut short.`,
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
    command.error('error: --seed goes with --random <n>');
  if (rest.random !== undefined && !FAULTS.some(({ name }) => fault.includes(name)))
    command.error('error: --random <n> chooses from faults, and --fault names none');
  return { ...rest, fault, seed, set };
}

/** A line for each fault and experiment. */
export function listFaults(): string {
  const lines = (list: readonly { name: string; about: string }[]) =>
    list.map(({ name, about }) => `  ${name.padEnd(17)}${about}`).join('\n');
  return `Faults:\n${lines(FAULTS)}\n\nExperiments, which count what is lost without the services:\n${lines(EXPERIMENTS)}`;
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
