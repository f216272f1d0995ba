/** Command lines of tools. An option of several tools has one wording and one parser. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { config } from 'dotenv';
import { CREDENTIALS } from '../common/client-options.ts';
import { pickSettings, SettingsError } from '../common/settings.ts';
import { type Address, defaultsOf, parseAddresses } from './node/address.ts';
import { UsageError } from './node/errors.ts';

/**
 * Returns the command of a tool.
 * @param script how a user calls it, such as `npm run verify`.
 * @param exitCodes meaning of each exit code.
 * @param notes lines between the options and the exit codes.
 */
export function toolCommand(
  script: string,
  about: string,
  exitCodes: Readonly<Record<number, string>>,
  notes = '',
): Command {
  const codes = Object.entries(exitCodes).map(([code, meaning]) => `${code} ${meaning}`);
  return new Command(`${script} --`)
    .description(about)
    .addHelpText('after', `\n${notes}${notes && '\n'}Exit code: ${codes.join(', ')}.`);
}

/** Returns the command line of this process. @param script as in `toolCommand`. */
export function commandLine(script: string): string {
  const args = process.argv.slice(2);
  return [script, ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
}

/** Parses the command line. @throws UsageError; CommanderError after --help, which `runTool` treats as success. */
export function parse<T extends object>(command: Command, argv: readonly string[] = process.argv): T {
  try {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .parse(argv);
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    throw new UsageError(`${error.message.replace(/^error: /, '')} (see --help)`);
  }
  return command.opts<T>();
}

export const jsonOption = new Option('--json', 'print the result as JSON').default(false);

export const secretsOption = new Option('--secrets <folder>', 'folder created by npm run certs').default(
  'secrets',
);

/** @param role of the nodes, and the default. @param form of each node. */
export function nodesOption(
  role: string,
  form = 'host:port or redis[s]://user:password@host:port/db',
): Option {
  return new Option('--nodes <list>', `${form}, comma separated; ${role}`);
}

/** @param otherwise the program without this option. */
export function engineOption(otherwise = 'the first that is installed'): Option {
  return new Option(
    '--engine <program>',
    `keydb-server, valkey-server, or redis-server (default: ${otherwise})`,
  );
}

export function outOption(kind: 'file' | 'folder', content: string): Option {
  return new Option(`--out <${kind}>`, `${kind} for ${content}`);
}

/** Returns a time as part of a file name, such as `2026-11-21T17-45-18`: the default name of what a run writes. */
export function fileTime(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(':', '-');
}

/** Returns a parser for integers. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** Returns a parser for names, comma separated, in one or several occurrences of the option. */
export function namesAmong(known: readonly string[]): (text: string, before?: string[]) => string[] {
  return (text, before = []) => {
    const names = text.split(',').map((name) => name.trim());
    if (names.every((name) => known.includes(name))) return [...before, ...names];
    throw new InvalidArgumentError(`Expected any of ${known.join(', ')}.`);
  };
}

/**
 * Returns the nodes, with user, password, and TLS from the settings.
 * @param nodes value from the command line; if omitted, KEYDB_NODES.
 * @param option name of the command-line option, for messages.
 * @throws UsageError with the name of the invalid setting or option.
 */
export function addressesOf(nodes: string | undefined, option = '--nodes'): Address[] {
  config({ quiet: true });
  try {
    // The command line takes precedence over the environment.
    const given = { ...process.env, ...(nodes !== undefined && { KEYDB_NODES: '' }) };
    const settings = pickSettings(given, ['KEYDB_NODES', ...CREDENTIALS]);
    const list = nodes ?? settings.KEYDB_NODES.map((node) => node.name).join(',');
    return parseAddresses(list, defaultsOf(settings));
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw new UsageError(`${option}: expected ${(error as Error).message}`);
  }
}
