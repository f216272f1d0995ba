/** Renders a run of the fault lab as text. */
import { machineLine } from '../../../toolkit/machine.ts';
import { duration } from '../../../toolkit/report/figures.ts';
import { renderTable } from '../../../toolkit/report/table.ts';
import type { FaultResult, FaultRun } from '../results.ts';
import { GUARANTEES, type Verdict } from '../verdict.ts';
import { alertTable, environmentOf, guaranteesOf, verdictTable } from './tables.ts';

/** Lines of evidence for each verdict; faults.json contains all of them. */
const MAX_EVIDENCE = 10;
const WIDTH = 118;

/** Returns the report of a run. */
export function renderFaults(run: FaultRun): string {
  const guarantees = guaranteesOf(run);
  return [
    `${run.command} · ${duration(run.seconds)}`,
    machineLine(run.machine),
    environmentOf(run).join(', '),
    ...(guarantees.length > 0 ? ['', ...renderTable(verdictTable(run)), ''] : []),
    ...guarantees.flatMap((guarantee) => wrap(`${guarantee}: `, GUARANTEES[guarantee], 4)),
    ...(run.results.some(({ alerts }) => alerts) ? ['', ...renderTable(alertTable(run))] : []),
    ...run.results.flatMap(resultLines),
    ...(run.notDone.length > 0
      ? ['', '== Skipped or failed', ...run.notDone.map((line) => `- ${line}`)]
      : []),
    '',
  ].join('\n');
}

function resultLines({ name, about, command, verdicts }: FaultResult): string[] {
  return ['', `== ${name}: ${about}`, `   ${command}`, ...verdicts.flatMap(verdictLines)];
}

/** Returns the lines of a verdict, with evidence unless it holds. */
function verdictLines({ promise, verdict, summary, evidence }: Verdict): string[] {
  const shown = verdict === 'holds' ? [] : evidence.slice(0, MAX_EVIDENCE);
  const more = verdict === 'holds' ? 0 : evidence.length - shown.length;
  return [
    ...wrap(`${verdict.padEnd(14)}  ${promise.padEnd(13)}  `, summary, 31),
    ...shown.flatMap((line) => wrap(`${' '.repeat(31)}- `, line, 33)),
    ...(more > 0 ? [`${' '.repeat(31)}… and ${more} more`] : []),
  ];
}

/** Wraps a label and a text at WIDTH characters, without splitting words. @param indent of further lines. */
function wrap(label: string, text: string, indent: number): string[] {
  const lines = [label];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const empty = line.trim() === '' || line === label;
    if (empty || line.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${line}${empty ? '' : ' '}${word}`;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines;
}
