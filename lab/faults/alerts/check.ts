/** Checks the alerts during one fault. Pure. */
import { few } from '../checks/timeline.ts';
import type { Verdict } from '../verdict.ts';
import { type AlertRecord, type Span, STEP_SECONDS } from './record.ts';

/** One alert with one severity, for all its subjects. */
export interface AlertRow {
  alert: string;
  severity: string;
  expected: 'yes' | 'no' | 'possible';
  /** Seconds from the injection to the first firing; absent: it fired before the injection. */
  firedAfter?: number;
  /** Seconds from the heal to the end of the last firing, negative before the heal; absent: it still fired at the end. */
  clearedAfter?: number;
  /** How often it fired for the same subject. */
  times: number;
  subjects: string[];
}

/** Returns a row for each alert that fired, in the order of their first firing. */
export function rowsOf(record: AlertRecord): AlertRow[] {
  const groups = new Map<string, Span[]>();
  for (const span of [...record.spans].sort((one, other) => one.from - other.from)) {
    const name = `${span.alert} ${span.severity}`;
    groups.set(name, [...(groups.get(name) ?? []), span]);
  }
  return [...groups.values()].flatMap((spans) => rowOf(record, spans));
}

function rowOf(
  { expected, possible, startedAt, injectedAt, healedAt, endedAt }: AlertRecord,
  spans: Span[],
): AlertRow[] {
  const [first] = spans;
  if (!first) return [];
  const { alert, severity, from } = first;
  const to = Math.max(...spans.map((span) => span.to));
  const subjects = [...new Set(spans.map(({ labels }) => labels))];
  const start = injectedAt ?? startedAt;
  return [
    {
      alert,
      severity,
      expected: expected.includes(alert) ? 'yes' : possible.includes(alert) ? 'possible' : 'no',
      ...(from >= start && { firedAfter: from - start }),
      ...(endedAt - to >= 2 * STEP_SECONDS && { clearedAfter: to + STEP_SECONDS - (healedAt ?? endedAt) }),
      times: Math.max(...subjects.map((subject) => spans.filter(({ labels }) => labels === subject).length)),
      subjects,
    },
  ];
}

/**
 * Checks that each expected alert fires after the injection, that all alerts clear after the heal, and that no other
 * critical alert fires. Without a fault, no alert may fire.
 */
export function checkAlerts(record: AlertRecord): Verdict {
  const { expected, injectedAt, endedAt, startedAt } = record;
  const rows = rowsOf(record);
  const evidence = [
    ...expected.flatMap((name) =>
      rows.some(({ alert, firedAfter }) => alert === name && firedAfter !== undefined)
        ? []
        : `${name} did not fire`,
    ),
    ...rows.flatMap((row) => problemsOf(row, injectedAt !== undefined)),
  ];
  const summary =
    rows.length > 0
      ? rows
          .map(
            (row) => `${row.alert} (${row.severity}) fired: ${firesText(row)}, cleared: ${clearsText(row)}`,
          )
          .join('; ')
      : `no alert fired in ${Math.round((endedAt - startedAt) / 60)} min`;
  return { promise: 'alerts', verdict: evidence.length > 0 ? 'broken' : 'holds', summary, evidence };
}

/** Returns when an alert fired, as text. */
export function firesText({ firedAfter }: AlertRow): string {
  return firedAfter === undefined ? 'before the fault' : `${Math.round(firedAfter)} s`;
}

/** Returns when an alert cleared, as text. */
export function clearsText({ clearedAfter, times }: AlertRow): string {
  const again = times > 1 ? ` (fired ${times} times)` : '';
  if (clearedAfter === undefined) return `not${again}`;
  return `${clearedAfter < 0 ? 'before the heal' : `${Math.round(clearedAfter)} s`}${again}`;
}

function problemsOf(
  { alert, severity, expected, firedAfter, clearedAfter, subjects }: AlertRow,
  isFault: boolean,
): string[] {
  const name = `${alert} (${severity})`;
  const named = subjects.filter((subject) => subject !== '');
  const where = named.length > 0 ? `: ${few(named)}` : '';
  return [
    ...(firedAfter === undefined ? [`${name} fired before the fault${where}`] : []),
    ...(!isFault || (expected === 'no' && severity === 'critical')
      ? [`${name} was not expected${where}`]
      : []),
    ...(clearedAfter === undefined ? [`${name} did not clear${where}`] : []),
  ];
}
