/** Checks that each write is observed, conflated, missed, or lost with a node, and that the counts add up. */
import { parseValue } from '../../../common/value.ts';
import type { History, Write } from '../history.ts';
import { recoveryLimit } from '../limits.ts';
import type { Verdict } from '../verdict.ts';
import { type Account, type Counts, walk } from './account.ts';
import { gapsIn } from './numbering.ts';
import { plural, writtenAt } from './timeline.ts';

/**
 * Compares the observers' counts with the recorded writes. They do not add up if an observation is lost, duplicated, or
 * wrong. A write after the last observation was lost with a node if no node has it and a fault hit the node that
 * acknowledged it. If a node has it but the observer never read it, the write is unaccounted for.
 */
export function checkAccounted(history: History): Verdict {
  const { observers, writes } = history;
  if (observers.length === 0 || writes.length === 0)
    return answer('unknown', `there was no ${writes.length === 0 ? 'write' : 'observer'}`, []);
  const accounts = observers.map((observer) => settle(history, walk(history, observer)));
  const wrong = accounts.flatMap((account) => account.wrong);
  const gaps = [...gapsIn(history), ...accounts.flatMap((account) => account.unknown)];
  const summary = accounts.map(words).join('; ');
  if (wrong.length > 0) return answer('broken', summary, [...new Set(wrong)]);
  return answer(gaps.length > 0 ? 'unknown' : 'holds', summary, [...new Set(gaps)]);
}

/** Accounts for the acknowledged writes after an observer's last observation. */
function settle(history: History, account: Account): Account {
  const { observer, last, running } = account;
  const left = history.writes
    .slice(last ? history.writes.indexOf(last) + 1 : 0)
    .filter(({ outcome }) => outcome === 'acknowledged');
  if (left.length === 0) return account;
  const counts = { ...account.counts };
  const [wrong, unknown] = [[...account.wrong], [...account.unknown]];
  const newest = newestOnNodes(history);
  for (const write of left) {
    if (!running) counts.whileDown += 1;
    // The observer may have read a write from the end of the record after the record ended.
    else if (writtenAt(write) > history.endedAt - recoveryLimit(history))
      unknown.push(`${observer}: seq ${write.seq} was written just before the record ends`);
    else if (newest === undefined)
      unknown.push(`${observer}: no node was read to check for seq ${write.seq}`);
    else if (newest >= write.micros || !lostWithNode(history, write))
      wrong.push(`${observer}: seq ${write.seq}, acknowledged by ${write.node}, is unaccounted for`);
    else counts.lost += 1;
  }
  return { ...account, counts, wrong, unknown };
}

/** Returns the newest timestamp of the shared key on any node, in microseconds; 0 if no node has the key. */
function newestOnNodes({ finalState }: History): number | undefined {
  if (finalState.length === 0) return undefined;
  return Math.max(
    ...finalState.map(({ sharedKey }) => {
      const parsed = parseValue(sharedKey ?? '');
      return parsed.ok ? (parsed.value.micros ?? 0) : 0;
    }),
  );
}

/** Returns whether a fault later hit the node that acknowledged a write. */
function lostWithNode({ windows }: History, write: Write): boolean {
  return windows.some(
    ({ targets, healedAt }) => targets.includes(write.node) && healedAt >= writtenAt(write),
  );
}

function words({ observer, counts, restarts }: Account): string {
  const names: [keyof Counts, string][] = [
    ['observed', 'observed'],
    ['caughtUp', 'found by catch-up'],
    ['conflated', 'conflated'],
    ['missed', 'missed'],
    ['whileDown', 'while it was down'],
    ['before', 'before its first read'],
    ['lost', 'lost with a node'],
  ];
  const total = names.reduce((sum, [name]) => sum + counts[name], 0);
  const parts = names.flatMap(([name, text]) =>
    counts[name] > 0 ? `${counts[name].toLocaleString('en-US')} ${text}` : [],
  );
  const again = restarts > 0 ? ` (${plural(restarts, 'restart')})` : '';
  return `${observer}${again}: ${plural(total, 'write')} = ${parts.join(' + ') || '0'}`;
}

function answer(verdict: Verdict['verdict'], summary: string, evidence: string[]): Verdict {
  return { promise: 'accounted', verdict, summary, evidence };
}
