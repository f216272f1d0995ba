/** Tables of verdicts for the terminal and the report. */
import type { Table } from '../../../toolkit/report/table.ts';
import { clearsText, firesText, rowsOf } from '../alerts/check.ts';
import type { FaultRun } from '../results.ts';
import { listChosen } from '../services/settings.ts';
import { GUARANTEES, type Guarantee } from '../verdict.ts';

/** Returns what a run's results depend on, in words. */
export function environmentOf({ engine, layout, network, prometheus, settings }: FaultRun): string[] {
  return [
    ...[engine, layout, `links cut by ${network}`],
    ...(prometheus === undefined ? [] : [`Prometheus ${prometheus}`]),
    ...listChosen(settings),
  ];
}

/** Returns the guarantees that were checked for any fault, without figures, in the order of GUARANTEES. */
export function guaranteesOf({ results }: FaultRun): Guarantee[] {
  const verdicts = results.flatMap((result) => (result.history ? result.verdicts : []));
  const checked = new Set(
    verdicts.filter(({ verdict }) => verdict !== 'figure').map(({ promise }) => promise),
  );
  return (Object.keys(GUARANTEES) as Guarantee[]).filter((guarantee) => checked.has(guarantee));
}

/** Returns a table with a line for each fault and a column for each guarantee. */
export function verdictTable(run: FaultRun): Table {
  const guarantees = guaranteesOf(run);
  const faults = run.results.filter(({ history }) => history);
  return {
    caption: 'Guarantees of the services',
    header: ['fault', ...guarantees],
    wordColumns: 1 + guarantees.length,
    lines: faults.map(({ name, verdicts }) => [
      name,
      ...guarantees.map((one) => verdicts.find(({ promise }) => promise === one)?.verdict ?? ''),
    ]),
  };
}

/** Returns a table of the alerts that fired or should have, in the order of the faults. */
export function alertTable({ results }: FaultRun): Table {
  return {
    caption: 'Alerts: seconds from the injection until each fires, and from the heal until it clears',
    header: ['fault', 'alert', 'severity', 'expected', 'fires', 'clears'],
    wordColumns: 4,
    lines: results.flatMap(({ name, alerts }) => {
      if (!alerts) return [];
      const rows = rowsOf(alerts);
      const silent = alerts.expected.filter((one) => !rows.some(({ alert }) => alert === one));
      return [
        ...rows.map((row) => [
          ...[name, row.alert, row.severity, row.expected, firesText(row), clearsText(row)],
        ]),
        ...silent.map((alert) => [name, alert, '', 'yes', 'not', '']),
        ...(rows.length + silent.length === 0 ? [[name, 'none', '', '', '', '']] : []),
      ];
    }),
  };
}

/** Returns a table of the experiments without the services. */
export function figureTable({ results }: FaultRun): Table {
  return {
    caption: 'Experiments without the services',
    header: ['experiment', 'about', 'verdict', 'figures'],
    wordColumns: 4,
    lines: results.flatMap(({ name, verdicts, history, alerts }) =>
      history || alerts
        ? []
        : verdicts.map(({ promise, verdict, summary }) => [name, GUARANTEES[promise], verdict, summary]),
    ),
  };
}
