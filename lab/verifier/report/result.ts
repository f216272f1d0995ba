/** Computes the result of a run. Pure. */

import { EXIT } from '../../../toolkit/run-tool.ts';
import type { Pair } from '../compare/pair.ts';
import { KINDS, type Kind, type Method } from '../read/key-state.ts';
import type { Finding, Findings } from './findings.ts';

export type Verdict = 'in-sync' | 'different' | 'unknown';

export interface PairResult {
  verdict: Verdict;
  /** Names of the source and the replica. */
  nodes: [string, string];
  totals: { source: number; replica: number; common: number };
  /** Number of findings of each kind, including those that are not kept. */
  counts: Record<Kind, number>;
  findings: Findings;
  rounds: number;
  millis: number;
  /** Remarks in addition to the verdict. */
  notes: string[];
}

export interface Result {
  pairs: PairResult[];
  /** Remarks about the whole run. */
  notes: string[];
  method: Method;
  millis: number;
}

const EXIT_CODES = { 'in-sync': EXIT.holds, different: EXIT.finding, unknown: EXIT.unknown };

/** Returns the result for one pair, after all its suspects were checked. */
export function resultOf(pair: Pair, millis: number): PairResult {
  return {
    verdict: verdictOf(pair),
    nodes: [pair.source.name, pair.replica.name],
    totals: pair.totals,
    counts: pair.counts,
    findings: pair.findings,
    rounds: pair.rounds,
    millis,
    notes: notesOf(pair),
  };
}

/** Returns the number of keys that are not equal on all nodes: a minimum, if not all findings were kept. */
export function keysThatDiffer(pairs: readonly PairResult[]): { keys: number; atLeast: boolean } {
  const keys = new Set<string>();
  for (const { findings } of pairs) {
    for (const { db, key } of KINDS.flatMap((kind): Finding[] => findings[kind])) {
      keys.add(`${db.source} ${key.toString('latin1')}`);
    }
  }
  const atLeast = pairs.some(({ counts, findings }) =>
    KINDS.some((kind) => counts[kind] > findings[kind].length),
  );
  return { keys: keys.size, atLeast };
}

/** Returns the worst verdict of all pairs. `different` is certain, even if another pair is unknown. */
export function overallVerdict(pairs: readonly PairResult[]): Verdict {
  const verdicts = pairs.map((pair) => pair.verdict);
  if (verdicts.includes('different')) return 'different';
  return verdicts.includes('unknown') || pairs.length === 0 ? 'unknown' : 'in-sync';
}

/** Returns the exit code of a tool that compares these pairs. */
export function exitCodeOf(pairs: readonly PairResult[]): number {
  return EXIT_CODES[overallVerdict(pairs)];
}

/**
 * If a link is down, a difference is certain: no data in flight can remove it. If a link is up but lags behind, a
 * difference may be data in flight.
 */
function verdictOf(pair: Pair): Verdict {
  if (pair.found > 0) return pair.replication.behind.length > 0 ? 'unknown' : 'different';
  return pair.unsettled > 0 || pair.unexplained > 0 ? 'unknown' : 'in-sync';
}

function notesOf(pair: Pair): string[] {
  const { down, behind } = pair.replication;
  const notes = [
    ...down.map((link) => `link down: ${link}`),
    ...behind.map((link) => `replication had not caught up within --wait: ${link}`),
  ];
  if (pair.unsettled > 0) {
    notes.push(
      `${pair.unsettled} keys changed on both nodes between all reads and never agreed: run the command again when they are written less often`,
    );
  }
  if (pair.unexplained > 0) {
    notes.push(
      `the digests of ${pair.unexplained} keys differ, but their values were equal in each complete read: run the command again when they are written less often`,
    );
  }
  for (const kind of KINDS) {
    const kept = pair.findings[kind].length;
    if (pair.counts[kind] > kept)
      notes.push(`${kind}: ${kept} of ${pair.counts[kind]} are listed (--max-findings)`);
  }
  return notes;
}
