/** Verdicts as tables, the same ones on a terminal and in the report. */
import type { Table } from '../../bench/render/tables.ts';
import type { FaultRun } from '../results.ts';
import { PROMISES, type Promised } from '../verdict.ts';

/** The promises that were judged of any fault, in their usual order; mere figures are none. */
export function promisesOf({ results }: FaultRun): Promised[] {
  const verdicts = results.flatMap((result) => (result.history ? result.verdicts : []));
  const judged = new Set(
    verdicts.filter(({ verdict }) => verdict !== 'figure').map(({ promise }) => promise),
  );
  return (Object.keys(PROMISES) as Promised[]).filter((promise) => judged.has(promise));
}

/** A line for each fault, a column for each promise. */
export function verdictTable(run: FaultRun): Table {
  const promises = promisesOf(run);
  const faults = run.results.filter(({ history }) => history);
  return {
    caption: 'What the services keep of their promises',
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
