/** Parses the options of `npm run bench`. */
import { InvalidArgumentError, Option } from 'commander';
import { parseNodes } from '../../common/nodes.ts';
import {
  engineOption,
  jsonOption,
  namesAmong,
  nodesOption,
  outOption,
  parse,
  toolCommand,
  wholeNumber,
} from '../../toolkit/options.ts';
import { EXPERIMENTS } from './experiments/index.ts';
import { databases } from './host/observer-process.ts';
import { SCALES, type Scale } from './scale.ts';

export interface BenchOptions {
  scale: Scale;
  /** Names of the experiments to run. */
  only: string[];
  /** Given nodes, `host:port`. If omitted, the benchmark starts its own. */
  nodes?: string[];
  /** Server program of the benchmark's own nodes. If omitted, the preferred one that is installed. */
  engine?: string;
  json: boolean;
  /** Folder that will contain the folder of the run. */
  out: string;
}

const names = EXPERIMENTS.map(({ name }) => name);

/** Parses the command line. @throws UsageError that states the expected value. */
export function readOptions(): BenchOptions {
  const command = toolCommand(
    'npm run bench',
    'Measures the observers and the mesh, and writes a report to results/<date>/.',
    {
      0: 'all guarantees are met',
      1: 'one is not',
      2: 'one is inconclusive or was not measured, or the run was interrupted',
    },
    `Experiments:
${EXPERIMENTS.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n')}

For given nodes, set KEYDB_USERNAME, KEYDB_PASSWORD or KEYDB_PASSWORD_FILE, KEYDB_TLS, and KEYDB_TLS_CA to a user with
all permissions, and WRITE_NODES to those that accept writes, if not all do. The benchmark writes to databases 1 to ${databases.length}, under keys that start with bench:, and removes them afterwards.`,
  )
    .option(
      '--quick',
      'all experiments, but briefly and with fewer settings: under five minutes, wide spreads',
    )
    .addOption(new Option('--tiny', 'for tests of this tool').hideHelp())
    .option(
      '--only <names>',
      'run only these experiments; comma separated, can be repeated',
      namesAmong(names),
    )
    .addOption(
      nodesOption(
        'the writer uses the first, or the first of WRITE_NODES (default: starts its own nodes)',
        'host:port',
      ).argParser(parseGiven),
    )
    .addOption(engineOption().conflicts('nodes'))
    .option(
      '--rounds <n>',
      'how often each setting is measured (default: depends on the scale)',
      wholeNumber(1, 100),
    )
    .addOption(jsonOption)
    .addOption(outOption('folder', 'results, with one folder for each run').default('results'));
  const {
    quick,
    tiny,
    rounds,
    only = names,
    ...rest
  } = parse<
    Omit<BenchOptions, 'scale' | 'only'> &
      Partial<{ quick: true; tiny: true; rounds: number; only: string[] }>
  >(command);
  const scale = SCALES[tiny ? 'tiny' : quick ? 'quick' : 'full'];
  return { ...rest, only, scale: rounds === undefined ? scale : withRounds(scale, rounds) };
}

/** Returns the scale with this number of rounds for all settings. */
function withRounds(scale: Scale, rounds: number): Scale {
  return {
    ...scale,
    latency: { rates: scale.latency.rates.map((rate) => ({ ...rate, rounds })), probeRounds: rounds },
    keepingUp: { ...scale.keepingUp, rateRounds: rounds, mostRounds: rounds, naiveRounds: rounds },
    metrics: { ...scale.metrics, rounds },
    style: { ...scale.style, rounds },
    channel: { ...scale.channel, rounds },
    crowd: { ...scale.crowd, rounds },
    nodes: { ...scale.nodes, rounds },
    page: { ...scale.page, rounds },
    table: { ...scale.table, rounds },
    engines: { ...scale.engines, rounds, settingRounds: scale.engines.settingRounds && rounds },
  };
}

function parseGiven(text: string): string[] {
  try {
    return parseNodes(text).map(({ name }) => name);
  } catch (error) {
    throw new InvalidArgumentError(`Expected ${(error as Error).message}.`);
  }
}
