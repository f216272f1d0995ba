/** Command-line options of `npm start` and `npm run cluster`. */
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
}

const HIGHEST_BASE_PORT = 65_533;

/** Parses the command line. @throws UsageError that names the expected value. */
export function readOptions(script: string, about: string): LocalOptions {
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
  return parse<LocalOptions>(command);
}
