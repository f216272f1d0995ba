/** The guarantees, and the result of checking one of them. */

export const GUARANTEES = {
  liveness:
    'each observer reads a new write within 2 s (or 2 × NODE_TIMEOUT_MS) of a visible loss; no service exits',
  'final-state': 'after the last heal, once idle, all nodes have the last write and both handshakes for it',
  'single-writer': 'keys with one writer do not diverge',
  accounted: 'every write is observed, conflated, missed, or lost with a node, and the counts add up',
  'write-lag': 'each acknowledgment follows the timestamp of its write within 2 s (or 2 × NODE_TIMEOUT_MS)',
  acknowledged: 'number of acknowledged writes that are lost',
  restart: 'after a full restart, no acknowledged and persisted write is lost',
  alerts: 'with --alerts: each expected alert fires and clears, and no other critical alert fires',
  contended: 'number of keys that diverge when several nodes write them, before and after healing',
} as const;

export type Guarantee = keyof typeof GUARANTEES;

export interface Verdict {
  promise: Guarantee;
  /** `figure`: a measured number without a guarantee. `not applicable`: the fault or layout excludes the guarantee. */
  verdict: 'holds' | 'broken' | 'unknown' | 'not applicable' | 'figure';
  /** One line with the figures. */
  summary: string;
  /** Log lines, keys, and values that prove the verdict. */
  evidence: string[];
}
