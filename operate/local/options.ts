/** Command-line options of `npm start` and `npm run cluster`. */
import { Command, InvalidArgumentError } from 'commander';

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

/** Parses the command line. Exits with help, or with an error that names the expected value. */
export function readOptions(name: string, about: string): LocalOptions {
  return new Command(name)
    .description(about)
    .option(
      '--base-port <port>',
      'the nodes listen on this port and the two after it, on 127.0.0.1',
      parsePort,
      7001,
    )
    .option(
      '--engine <program>',
      'keydb-server, valkey-server or redis-server (default: the first of them that is there)',
    )
    .option('--secure', 'TLS only, with a user of its own for each service', false)
    .option('--secrets <folder>', 'certificates and passwords of --secure, made if missing', 'secrets')
    .allowExcessArguments(false)
    .parse()
    .opts<LocalOptions>();
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= HIGHEST_BASE_PORT) return port;
  throw new InvalidArgumentError(`Expected a port from 1 to ${HIGHEST_BASE_PORT}.`);
}
