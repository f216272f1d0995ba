/** Parses the options of `npm run bench`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseNodes } from '../../common/nodes.ts';
import { EXPERIMENTS } from './experiments/index.ts';
import { databases } from './host/observer-process.ts';
import { SCALES, type Scale } from './scale.ts';

export interface BenchOptions {
  scale: Scale;
  /** Names of the experiments to run. */
  only: string[];
  /** Given nodes, `host:port`. If omitted, the benchmark starts its own. */
  nodes?: string[];
  json: boolean;
  /** Folder that will contain the folder of the run. */
  out: string;
}

const names = EXPERIMENTS.map(({ name }) => name);

/** Parses the command line. Exits with help or with an error that states the expected value. */
export function readOptions(argv: readonly string[] = process.argv): BenchOptions {
  const { quick, tiny, rounds, ...rest } = new Command('npm run bench --')
    .description('Measures the observers and the mesh, and writes a report to results/<date>/.')
    .option(
      '--quick',
      'all experiments, but briefly and with fewer settings: under two and a half minutes, wide spreads',
    )
    .addOption(new Option('--tiny', 'for tests of this tool').hideHelp())
    .option('--only <names>', `some experiments, comma separated: ${names.join(', ')}`, parseNames, names)
    .option(
      '--nodes <nodes>',
      'host:port, comma separated: measure on these nodes, with the writer on the first',
      parseGiven,
    )
    .option('--rounds <n>', 'how often each setting is measured (default: depends on the scale)', parseRounds)
    .option('--json', 'print rows and guarantees as JSON instead of tables', false)
    .option('--out <folder>', 'folder that will contain the folder of the run', 'results')
    .addHelpText(
      'after',
      `
Experiments:
${EXPERIMENTS.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

For given nodes, set KEYDB_USERNAME, KEYDB_PASSWORD or KEYDB_PASSWORD_FILE, KEYDB_TLS, and KEYDB_TLS_CA to a user with
all permissions. The benchmark writes to databases 1 to ${databases.length}, under keys that start with bench:, and removes them afterwards.
Exit code: 0 all guarantees are met, 1 one is not, 2 one is inconclusive or was not measured, or the run was interrupted.`,
    )
    .allowExcessArguments(false)
    .parse(argv)
    .opts<Omit<BenchOptions, 'scale'> & { quick?: boolean; tiny?: boolean; rounds?: number }>();
  const scale = SCALES[tiny ? 'tiny' : quick ? 'quick' : 'full'];
  return { ...rest, scale: rounds === undefined ? scale : withRounds(scale, rounds) };
}

/** Returns the scale with this number of rounds for all settings. */
function withRounds(scale: Scale, rounds: number): Scale {
  return {
    ...scale,
    latency: { rates: scale.latency.rates.map((rate) => ({ ...rate, rounds })), probeRounds: rounds },
    keepingUp: { ...scale.keepingUp, rateRounds: rounds, mostRounds: rounds, naiveRounds: rounds },
    style: { ...scale.style, rounds },
    channel: { ...scale.channel, rounds },
    crowd: { ...scale.crowd, rounds },
    nodes: { ...scale.nodes, rounds },
    engines: { ...scale.engines, rounds },
  };
}

function parseNames(text: string): string[] {
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`Expected any of ${names.join(', ')}.`);
  return wanted;
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds;
  throw new InvalidArgumentError('Expected a whole number from 1 to 100.');
}

function parseGiven(text: string): string[] {
  try {
    return parseNodes(text).map(({ name }) => name);
  } catch (error) {
    throw new InvalidArgumentError(`Expected ${(error as Error).message}.`);
  }
}
