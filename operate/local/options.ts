/** Command-line options of `npm start` and `npm run cluster`. */
import { Option } from 'commander';
import { UsageError } from '../../toolkit/node/errors.ts';
import { engineOption, parse, secretsOption, toolCommand, wholeNumber } from '../../toolkit/options.ts';

export interface LocalOptions {
  /** First port; the three nodes listen on this port and the two after it. */
  basePort: number;
  /** Server program. If omitted, the preferred one that is installed. */
  engine?: string;
  /** TLS only, with passwords and access rules. */
  secure: boolean;
  /** Folder of certificates and passwords. */
  secrets: string;
  /** Also starts the monitor; only `npm start`. */
  monitor?: boolean;
  /** Duration of the faults that the live page may cause, in seconds. If omitted, it may cause none. */
  controls?: number;
}

/** Further ports follow the ports of the nodes: ports.ts. */
const HIGHEST_BASE_PORT = 65_400;

const FAULT_SECONDS = { shortest: 5, usual: '15', longest: 3_600 };

/** Only for `npm start`. */
export const startOptions = [
  new Option('--no-monitor', 'start only the nodes and the services, without metrics and the live page'),
  new Option('--monitor', 'also start the monitor, and serve the live page and all metrics (default)'),
  new Option(
    '--controls [seconds]',
    'let the live page pause, kill, and restart nodes, and cut links; each fault ends by itself after this time',
  )
    .argParser(wholeNumber(FAULT_SECONDS.shortest, FAULT_SECONDS.longest))
    .preset(FAULT_SECONDS.usual),
];

/** Parses the command line. @param further options of this script. @throws UsageError that names the expected value. */
export function readOptions(script: string, about: string, further: readonly Option[]): LocalOptions {
  const command = toolCommand(script, about, { 0: 'stopped by a signal', 1: 'ended by an error' })
    .option(
      '--base-port <port>',
      'the nodes listen on this port and the two following ports of 127.0.0.1, other processes on some of the next 90',
      wholeNumber(1, HIGHEST_BASE_PORT),
      7001,
    )
    .addOption(engineOption())
    .option('--secure', 'TLS only, with one user per service', false)
    .addOption(secretsOption);
  for (const option of further) command.addOption(option);
  const options = parse<LocalOptions>(command);
  if (options.controls !== undefined && options.monitor === false)
    throw new UsageError('--controls needs the monitor, which serves the page: omit --no-monitor');
  return options;
}
