/** Formats a result as JSON, for programs. Pure. */

import { printable } from '../../../toolkit/printable.ts';
import type { Finding, ValueFinding } from './findings.ts';
import { overallVerdict, type PairResult, type Result } from './result.ts';

/** Returns the complete result. Escapes keys and values as the report does. */
export function toJson(result: Result): object {
  return {
    verdict: overallVerdict(result.pairs),
    method: result.method,
    notes: result.notes,
    millis: result.millis,
    pairs: result.pairs.map(pairToJson),
  };
}

function pairToJson({ findings, counts, ...pair }: PairResult): object {
  return {
    verdict: pair.verdict,
    nodes: pair.nodes,
    totals: pair.totals,
    missing: findings.missing.map((finding) => ({ ...place(finding), type: finding.source.type })),
    extra: findings.extra.map((finding) => ({ ...place(finding), type: finding.replica.type })),
    type: findings.type.map((finding) => ({
      ...place(finding),
      source: finding.source.type,
      replica: finding.replica.type,
    })),
    value: findings.value.map(valueToJson),
    ttl: findings.ttl.map((finding) => ({
      ...place(finding),
      source: expiry(finding.source.expiresAt),
      replica: expiry(finding.replica.expiresAt),
    })),
    counts,
    rounds: pair.rounds,
    millis: pair.millis,
    notes: pair.notes,
  };
}

function valueToJson(finding: ValueFinding): object {
  const { shown, more } = finding.differences;
  return { ...place(finding), type: finding.source.type, differences: shown, ...(more > 0 && { more }) };
}

function place({ db, key }: Finding): { db: number; key: string } {
  return { db: db.source, key: printable(key) };
}

/** Returns Unix milliseconds, or `null` for a key that never expires. */
function expiry(expiresAt: number): number | null {
  return expiresAt < 0 ? null : expiresAt;
}
