/** Formats a result as text, for people. Pure. */

import { printable } from '../../../toolkit/printable.ts';
import { count } from '../../../toolkit/progress.ts';
import { KINDS } from '../read/key-state.ts';
import type { Finding, ValueFinding } from './findings.ts';
import { keysThatDiffer, overallVerdict, type PairResult, type Result, type Verdict } from './result.ts';

const VERDICTS: Record<Verdict, string> = {
  'in-sync': 'in sync',
  different: 'DIFFERENT',
  unknown: 'UNKNOWN',
};

/** Returns the complete report. Findings come first, so that the summary is next to the prompt. */
export function report(result: Result): string {
  return [
    ...result.pairs.flatMap(pairLines),
    ...result.notes.map((note) => `note: ${note}`),
    `${VERDICTS[overallVerdict(result.pairs)]}${differText(result)}, ${(result.millis / 1000).toFixed(1)} s`,
    '',
  ].join('\n');
}

function differText({ pairs }: Result): string {
  const { keys, atLeast } = keysThatDiffer(pairs);
  if (keys === 0 && !atLeast) return '';
  return `: ${atLeast ? 'at least ' : ''}${count(keys)} ${keys === 1 ? 'key differs' : 'keys differ'} between nodes`;
}

function pairLines(pair: PairResult): string[] {
  const { totals, counts, findings, nodes, rounds } = pair;
  const found = KINDS.map((kind) => `${kind} ${count(counts[kind])}`).join(', ');
  return [
    `${nodes[0]} (source) and ${nodes[1]} (replica): ${VERDICTS[pair.verdict]}`,
    ...findings.missing.map((finding) => `  missing  ${keyOf(finding)}  ${finding.source.type}`),
    ...findings.extra.map((finding) => `  extra    ${keyOf(finding)}  ${finding.replica.type}`),
    ...findings.type.map(
      (finding) =>
        `  type     ${keyOf(finding)}  source ${finding.source.type}, replica ${finding.replica.type}`,
    ),
    ...findings.value.flatMap(valueLines),
    ...findings.ttl.map((finding) => `  ttl      ${keyOf(finding)}  ${expiryLine(finding)}`),
    `  keys: source ${count(totals.source)}, replica ${count(totals.replica)}, common ${count(totals.common)}`,
    `  differences: ${found}${rounds > 0 ? `, after ${rounds} rounds` : ''}`,
    ...pair.notes.map((note) => `  note: ${note}`),
    '',
  ];
}

function valueLines(finding: ValueFinding): string[] {
  const { shown, more } = finding.differences;
  return [
    `  value    ${keyOf(finding)}  ${finding.source.type}`,
    ...shown.map(
      ({ at, source, replica }) => `             ${at}: source ${quote(source)}, replica ${quote(replica)}`,
    ),
    ...(more > 0 ? [`             and ${count(more)} more`] : []),
  ];
}

function keyOf({ db, key }: Finding): string {
  return db.source === 0 ? printable(key) : `[db ${db.source}] ${printable(key)}`;
}

function quote(text: string | null): string {
  return text === null ? 'has none' : `"${text}"`;
}

function expiryLine({ source, replica }: Finding): string {
  const moment = (at: number) => (at < 0 ? 'never expires' : `expires ${new Date(at).toISOString()}`);
  const gap =
    source.expiresAt >= 0 && replica.expiresAt >= 0
      ? ` (${Math.abs(source.expiresAt - replica.expiresAt)} ms apart)`
      : '';
  return `source ${moment(source.expiresAt)}, replica ${moment(replica.expiresAt)}${gap}`;
}
