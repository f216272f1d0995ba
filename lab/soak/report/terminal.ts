/** Renders a run of the soak as text. */
import { machineLine } from '../../../toolkit/machine.ts';
import { duration } from '../../../toolkit/report/figures.ts';
import { renderTable } from '../../../toolkit/report/table.ts';
import { CHECKS } from '../checks.ts';
import { type SoakRun, secondsOf } from '../record.ts';
import { counterTable, processTable, verdictTable } from './tables.ts';

/** Returns the report of a run. */
export function renderSoak(run: SoakRun): string {
  return [
    `${run.command} · ${duration(secondsOf(run))}`,
    machineLine(run.machine),
    `${run.engine}, ${run.layout}, ${run.writesPerSecond} writes/s, a kill every ${run.killSeconds} s`,
    '',
    ...renderTable(verdictTable(run)),
    '',
    ...Object.entries(CHECKS).map(([name, text]) => `${name}: ${text}`),
    '',
    ...renderTable(processTable(run)),
    '',
    ...renderTable(counterTable(run)),
    '',
  ].join('\n');
}
