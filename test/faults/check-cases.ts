/** Helpers for tests of the checks: table-driven cases, and functions that change a history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHistory } from '../../lab/faults/checks/check.ts';
import type { History, NodeState } from '../../lab/faults/history.ts';
import type { Guarantee, Verdict } from '../../lab/faults/verdict.ts';

export type Case = [name: string, history: History, verdict: Verdict['verdict'], pattern: RegExp];

export function check(guarantee: Guarantee, cases: readonly Case[]): void {
  for (const [name, history, verdict, pattern] of cases) {
    test(`${guarantee}, ${verdict}: ${name}`, () => {
      const found = checkHistory(history).find((one) => one.promise === guarantee);
      const text = [found?.summary, ...(found?.evidence ?? [])].join('\n');
      assert.equal(found?.verdict, verdict, text);
      assert.match(text, pattern);
      if (verdict === 'broken') assert.notDeepEqual(found?.evidence, [], 'a broken verdict has evidence');
    });
  }
}

/** Returns a copy of a history with changed fields. */
export function but(history: History, change: (history: History) => Partial<History>): History {
  return { ...history, ...change(history) };
}

/** Changes every window. */
export const onWindow =
  (change: Partial<History['windows'][number]>) =>
  ({ windows }: History) => ({
    windows: windows.map((window) => ({ ...window, ...change })),
  });

/** Changes the final state of each node, by its number. */
export const states =
  (change: (state: NodeState, i: number) => Partial<NodeState>) =>
  ({ finalState }: History) => ({
    finalState: finalState.map((state, i) => ({ ...state, ...change(state, i) })),
  });
