/** The common command-line options of the verifier's tools. */
import type { Command } from 'commander';
import { jsonOption, nodesOption, toolCommand, wholeNumber } from '../../toolkit/options.ts';
import type { VerifyOptions } from './run.ts';

/** The maximum delay of Node's timers. */
const MAX_MS = 2 ** 31 - 1;

/** Parsed values of the options that `verifyCommand` adds. */
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

/** Returns the command of a tool that compares nodes, with the options for what to compare and how. */
export function verifyCommand(script: string, about: string): Command {
  return toolCommand(script, about, { 0: 'in sync', 1: 'different', 2: 'unknown' })
    .addOption(nodesOption('the source first (default: KEYDB_NODES)'))
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
    .addOption(jsonOption);
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
