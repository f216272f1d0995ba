/** Verdicts as tables, the same ones on a terminal and in the report. */
import type { Table } from '../../bench/render/tables.ts';
import type { FaultRun } from '../results.ts';
import { PROMISES, type Promised } from '../verdict.ts';

/** All verdicts of a run, with their figures. */
export function verdictTable({ results }: FaultRun): Table {
  return {
    caption: 'Verdicts',
    header: ['fault', 'promise', 'verdict', 'figures'],
    wordColumns: 4,
    lines: results.flatMap(({ name, verdicts }) =>
      verdicts.map(({ promise, verdict, summary }, i) => [i === 0 ? name : '', promise, verdict, summary]),
    ),
  };
}

/** A line for each fault, a column for each promise that was judged. */
export function verdictCounts({ results }: FaultRun): Table {
  const faults = results.filter(({ history }) => history);
  const judged = new Set(faults.flatMap(({ verdicts }) => verdicts.map(({ promise }) => promise)));
  const promises = (Object.keys(PROMISES) as Promised[]).filter((promise) => judged.has(promise));
  return {
    caption: promises.map((promise) => `${promise}: ${PROMISES[promise]}`).join('. '),
    header: ['fault', ...promises],
    wordColumns: 1 + promises.length,
    lines: faults.map(({ name, verdicts }) => [
      name,
      ...promises.map((promise) => verdicts.find((verdict) => verdict.promise === promise)?.verdict ?? ''),
    ]),
  };
}

/** What was broken without the services: mostly numbers to know. */
export function figureTable({ results }: FaultRun): Table {
  return {
    caption: 'Experiments without the services',
    header: ['experiment', 'about', 'verdict', 'figures'],
    wordColumns: 4,
    lines: results.flatMap(({ name, verdicts, history }) =>
      history
        ? []
        : verdicts.map(({ promise, verdict, summary }) => [name, PROMISES[promise], verdict, summary]),
    ),
  };
}
