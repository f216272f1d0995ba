/** Command-line options of `npm start` and `npm run cluster`. */
import { Option } from 'commander';
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
}

/** The ports of the metrics follow the ports of the nodes: metrics-ports.ts. */
const HIGHEST_BASE_PORT = 65_400;

export const monitorOption = new Option(
  '--monitor',
  'also start the monitor, and serve the metrics of all services on further ports',
).default(false);

/** Parses the command line. @param further options of this script. @throws UsageError that names the expected value. */
export function readOptions(script: string, about: string, further: readonly Option[]): LocalOptions {
  const command = toolCommand(script, about, { 0: 'stopped by a signal', 1: 'ended by an error' })
    .option(
      '--base-port <port>',
      'the nodes listen on this port and the two following ports of 127.0.0.1',
      wholeNumber(1, HIGHEST_BASE_PORT),
      7001,
    )
    .addOption(engineOption())
    .option('--secure', 'TLS only, with one user per service', false)
    .addOption(secretsOption);
  for (const option of further) command.addOption(option);
  return parse<LocalOptions>(command);
}
