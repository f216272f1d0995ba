/** Tables of verdicts for the terminal and the report. */
import type { Table } from '../../../toolkit/report/table.ts';
import type { FaultRun } from '../results.ts';
import { PROMISES, type Promised } from '../verdict.ts';

/** Returns the guarantees that were checked for any fault, without figures, in the order of PROMISES. */
export function promisesOf({ results }: FaultRun): Promised[] {
  const verdicts = results.flatMap((result) => (result.history ? result.verdicts : []));
  const checked = new Set(
    verdicts.filter(({ verdict }) => verdict !== 'figure').map(({ promise }) => promise),
  );
  return (Object.keys(PROMISES) as Promised[]).filter((promise) => checked.has(promise));
}

/** Returns a table with a line for each fault and a column for each guarantee. */
export function verdictTable(run: FaultRun): Table {
  const promises = promisesOf(run);
  const faults = run.results.filter(({ history }) => history);
  return {
    caption: 'Guarantees of the services',
    header: ['fault', ...promises],
    wordColumns: 1 + promises.length,
    lines: faults.map(({ name, verdicts }) => [
      name,
      ...promises.map((promise) => verdicts.find((verdict) => verdict.promise === promise)?.verdict ?? ''),
    ]),
  };
}

/** Returns a table of the experiments without the services. */
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
