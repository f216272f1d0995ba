/** Checks that each observer reads a new write within the limit after a visible loss, and that no service exits. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { checkNewWrite, type Result } from './new-write.ts';
import { longestGap, type Resumed, resumed } from './resuming.ts';
import { clock, plural, rangeOf, seconds } from './timeline.ts';

/**
 * Checks each fault for each observer. The limit does not apply if no write node is reachable, nothing replicates to the
 * observer's node, or the service is not restarted. The summary counts these pairs as not applicable. Without any other
 * pair, the verdict is not applicable. All observers must read a new write after the last heal.
 */
export function checkLiveness(history: History): Verdict {
  const { windows, observers, incidents, nodes } = history;
  if (windows.length === 0 || observers.length === 0)
    return answer('unknown', windows.length === 0 ? 'no fault was injected' : 'there was no observer', []);
  const ended = incidents.filter(({ kind }) => kind === 'exited');
  // The services must survive the crash of a node, so only exits of services break the guarantee.
  const exits = ended.filter(({ service }) => !nodes.includes(service));
  const results = windows.flatMap((window) => observers.map((name) => checkNewWrite(history, window, name)));
  const ends = observers.map((observer) => resumed(history, observer));
  const broken = [
    ...exits.map(({ service, at, text }) => `${clock(history, at)} ${service} exited: ${text}`),
    ...results.filter(({ verdict }) => verdict === 'late').map(({ text }) => text),
    ...ends.filter(({ verdict }) => verdict === 'silent').map(({ text }) => text),
  ];
  const unknown = [
    ...results.filter(({ verdict }) => verdict === 'unknown').map(({ text }) => text),
    ...ends.filter(({ verdict }) => verdict === 'unknown').map(({ text }) => text),
  ];
  const summary = [
    ...figures(history, results, ends),
    exits.length > 0 ? plural(exits.length, 'exit') : 'no exit',
    ...(ended.length > exits.length
      ? [`${plural(ended.length - exits.length, 'node')} ended unexpectedly`]
      : []),
  ].join('; ');
  if (broken.length > 0) return answer('broken', summary, broken);
  if (unknown.length > 0) return answer('unknown', summary, unknown);
  const applies = results.some(({ verdict }) => verdict !== 'not applicable');
  return answer(applies ? 'holds' : 'not applicable', summary, []);
}

function figures(history: History, results: readonly Result[], ends: readonly Resumed[]): string[] {
  const checked = results.filter(({ verdict }) => verdict === 'seen' || verdict === 'late');
  const seen = checked.flatMap(({ tookMicros }) => tookMicros ?? []);
  const inTime = checked.filter(({ verdict }) => verdict === 'seen').length;
  const rest = results.filter(({ verdict }) => verdict === 'not applicable');
  const gaps = history.observers.flatMap((observer) => {
    const gap = longestGap(history, observer);
    return gap === undefined ? [] : `${observer} ${seconds(gap)} s`;
  });
  const after = ends.flatMap(({ tookMicros }) => tookMicros ?? []);
  return [
    ...(checked.length > 0
      ? [`${inTime} of ${checked.length} in time${seen.length > 0 ? ` (${rangeOf(seen)} s)` : ''}`]
      : []),
    ...(rest.length > 0
      ? [`${rest.length} not applicable: ${[...new Set(rest.map(({ text }) => text))].join(', ')}`]
      : []),
    ...(after.length > 0 ? [`after the last heal ${rangeOf(after)} s`] : []),
    ...(gaps.length > 0 ? [`longest gap ${gaps.join(', ')}`] : []),
  ];
}

function answer(verdict: Verdict['verdict'], summary: string, evidence: string[]): Verdict {
  return { promise: 'liveness', verdict, summary, evidence };
}
