/** The common command-line options of the verifier's tools. */
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { config } from 'dotenv';
import { CREDENTIALS, credentialsOf } from '../../common/client-options.ts';
import { pickSettings, SettingsError } from '../../common/settings.ts';
import { type Address, parseAddresses } from '../../toolkit/node/address.ts';
import { UsageError } from '../../toolkit/node/errors.ts';
import type { VerifyOptions } from './run.ts';

/** The maximum delay of Node's timers. */
const MAX_MS = 2 ** 31 - 1;

/** Parsed values of the options that `withVerifyOptions` adds. */
export interface ParsedOptions {
  nodes?: string;
  db?: number;
  match?: string;
  ttlTolerance: number;
  rounds: number;
  settle: number;
  wait: number;
  timeout: number;
  batch: number;
  throttle?: number;
  maxFindings: number;
  values: boolean;
  json: boolean;
}

/** Adds the options for what to compare and how. */
export function withVerifyOptions(command: Command): Command {
  return command
    .option(
      '--nodes <list>',
      'host:port or redis[s]://user:password@host:port/db, comma separated, the source first (default: KEYDB_NODES)',
    )
    .option('--db <number>', 'only this database (default: all)', wholeNumber(0, 1_000_000))
    .option('--match <glob>', 'only keys that match')
    .option(
      '--ttl-tolerance <ms>',
      'maximum difference of expiries that count as equal',
      wholeNumber(0, MAX_MS),
      1000,
    )
    .option('--rounds <n>', 'how often a key that differs is compared again', wholeNumber(1, 1000), 3)
    .option('--settle <ms>', 'pause before each round', wholeNumber(0, MAX_MS), 1000)
    .option('--wait <ms>', 'maximum time of each wait for replication', wholeNumber(0, MAX_MS), 10_000)
    .option('--timeout <ms>', 'timeout for a reply', wholeNumber(1, MAX_MS), 10_000)
    .option(
      '--batch <keys>',
      'maximum number of keys per request; less for large values',
      wholeNumber(1, 100_000),
      1000,
    )
    .option(
      '--throttle <keys>',
      'maximum number of keys per second on each node (default: no limit)',
      wholeNumber(1, 1e9),
    )
    .option(
      '--max-findings <n>',
      'maximum number of listed findings of each kind; all are counted',
      wholeNumber(0, 1e6),
      1000,
    )
    .option('--values', 'read all values, even if the servers compute digests', false)
    .addOption(new Option('--json', 'print the result as JSON').default(false))
    .allowExcessArguments(false)
    .addHelpText('after', '\nExit code: 0 in sync, 1 different, 2 unknown.');
}

/** Parses the command line. @throws UsageError; CommanderError after --help, which `runTool` treats as success. */
export function parse<T extends object>(command: Command, argv: readonly string[]): T {
  try {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .parse(argv);
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    throw new UsageError(`${error.message.replace(/^error: /, '').replaceAll('\n', ' ')} (see --help)`);
  }
  return command.opts<T>();
}

/**
 * Returns the nodes, with user, password, and TLS from the settings.
 * @param nodes value from the command line; if omitted, KEYDB_NODES.
 * @param option name of the command-line option, for messages.
 * @throws UsageError with the name of the invalid setting or option.
 */
export function addressesOf(
  nodes: string | undefined,
  env: NodeJS.ProcessEnv,
  option = '--nodes',
): Address[] {
  if (env === process.env) config({ quiet: true });
  try {
    // The command line takes precedence over the environment.
    const given = nodes === undefined ? env : { ...env, KEYDB_NODES: '' };
    const settings = pickSettings(given, ['KEYDB_NODES', ...CREDENTIALS]);
    const { username, password, tls } = credentialsOf(settings);
    const defaults = {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: password() }),
      ...(tls && { tls }),
    };
    return parseAddresses(nodes ?? settings.KEYDB_NODES.map((node) => node.name).join(','), defaults);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message.replaceAll(/\n\s*/g, ' '));
    throw new UsageError(`${option}: expected ${(error as Error).message}`);
  }
}

export function verifyOptionsOf(parsed: ParsedOptions): VerifyOptions {
  return {
    ...(parsed.db !== undefined && { db: parsed.db }),
    ...(parsed.match !== undefined && { match: parsed.match }),
    ttlToleranceMs: parsed.ttlTolerance,
    rounds: parsed.rounds,
    settleMs: parsed.settle,
    waitMs: parsed.wait,
    timeoutMs: parsed.timeout,
    batch: parsed.batch,
    throttle: parsed.throttle ?? Number.POSITIVE_INFINITY,
    maxFindings: parsed.maxFindings,
    values: parsed.values,
  };
}

/** Returns a commander parser for integers. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
