/** The command line that all entries of the verifier share. */
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { config } from 'dotenv';
import { CREDENTIALS, credentialsOf } from '../common/client-options.ts';
import { pickSettings, SettingsError } from '../common/settings.ts';
import { type Address, parseAddresses } from './node/address.ts';
import { UsageError } from './node/errors.ts';
import type { VerifyOptions } from './run.ts';

/** The longest delay that Node's timers keep. */
const MAX_MS = 2 ** 31 - 1;

/** What `withVerifyOptions` adds to a command, as commander gives it. */
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

/** Adds the options that say what to compare and how. */
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
      'expiries this close together count as equal',
      wholeNumber(0, MAX_MS),
      1000,
    )
    .option('--rounds <n>', 'how often a key that differs is looked at again', wholeNumber(1, 1000), 3)
    .option('--settle <ms>', 'pause before each round', wholeNumber(0, MAX_MS), 1000)
    .option(
      '--wait <ms>',
      'longest wait for replication to catch up, each time',
      wholeNumber(0, MAX_MS),
      10_000,
    )
    .option('--timeout <ms>', 'a node that is silent for so long is given up', wholeNumber(1, MAX_MS), 10_000)
    .option(
      '--batch <keys>',
      'most keys asked for at once; large values make it fewer',
      wholeNumber(1, 100_000),
      1000,
    )
    .option('--throttle <keys>', 'most keys a second on each node (default: no limit)', wholeNumber(1, 1e9))
    .option(
      '--max-findings <n>',
      'findings of each kind that are listed; all are counted',
      wholeNumber(0, 1e6),
      1000,
    )
    .option('--values', 'read all values, where the servers could compute digests', false)
    .addOption(new Option('--json', 'the result as JSON').default(false))
    .allowExcessArguments(false)
    .addHelpText('after', '\nExit code: 0 in sync, 1 different, 2 could not be judged.');
}

/** Reads the command line. @throws UsageError; after --help CommanderError, which `runTool` takes for a success. */
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
 * The nodes to talk to, with user, password and TLS from the settings.
 * @param nodes as on the command line; absent: KEYDB_NODES.
 * @param option how the command line calls them.
 * @throws UsageError that names the bad setting or option.
 */
export function addressesOf(
  nodes: string | undefined,
  env: NodeJS.ProcessEnv,
  option = '--nodes',
): Address[] {
  if (env === process.env) config({ quiet: true });
  try {
    // What is given on the command line is not read from the environment.
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

/** A parser of whole numbers for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
