/** Command-line options of `npm run soak`. */
import {
  engineOption,
  jsonOption,
  outOption,
  parse,
  toolCommand,
  wholeNumber,
} from '../../toolkit/options.ts';

export interface SoakOptions {
  minutes: number;
  /** Seconds between two kills. */
  killEvery: number;
  /** Server program; absent: the first that is installed. */
  engine?: string;
  json: boolean;
  /** Parent folder of the run's folder. */
  out: string;
}

/** A longer run would give a page of more than 10 MB. */
const DAY_MINUTES = 24 * 60;

/** Parses the command line. @throws UsageError that states the expected value. */
export function readOptions(argv: readonly string[] = process.argv): SoakOptions {
  const command = toolCommand(
    'npm run soak',
    'Runs three nodes and the services for hours at 50 writes/s, kills a node every few minutes, and checks that no process grows.',
    {
      0: 'all checks hold',
      1: 'one is broken',
      2: 'a verdict is unknown, as after a short or interrupted run',
    },
  )
    .option(
      '--minutes <n>',
      'duration; memory has a verdict from 60 minutes on',
      wholeNumber(1, DAY_MINUTES),
      120,
    )
    .option(
      '--kill-every <seconds>',
      'time between two kills of a node; the nodes take turns',
      wholeNumber(20, 3_600),
      240,
    )
    .addOption(engineOption())
    .addOption(outOption('folder', 'results, with one folder for each run').default('results'))
    .addOption(jsonOption);
  return parse<SoakOptions>(command, argv);
}
