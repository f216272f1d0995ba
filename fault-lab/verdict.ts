/** What the judge says of one promise. */

export const PROMISES = {
  liveness:
    'each observer observes a new write within 2 s (or 2 × NODE_TIMEOUT_MS) of a loss being visible; no service exits',
  'final-state': 'after the last heal and quiet, all nodes hold the last write and both handshakes for it',
  'single-writer': 'keys with one writer do not diverge',
  accounted: 'every write is observed, conflated, missed or lost with a node, and the counts add up',
  'write-lag': 'each acknowledgement follows the timestamp of its write within 2 s (or 2 × NODE_TIMEOUT_MS)',
  acknowledged: 'acknowledged writes that are lost',
  restart: 'after a full restart nothing acknowledged and persisted is gone',
  contended: 'keys that several nodes write diverge, and what healing repairs',
} as const;

export type Promised = keyof typeof PROMISES;

export interface Verdict {
  promise: Promised;
  /** `figure`: there is no promise to keep, only a number to know. */
  verdict: 'holds' | 'broken' | 'unknown' | 'figure';
  /** One line for the table: the figures behind it. */
  summary: string;
  /** What shows it: log lines, keys, values; as many as are worth reading. */
  evidence: string[];
}
