/** A run of the fault lab as text. */
import { machineLine } from '../../bench/machine.ts';
import { duration } from '../../bench/progress.ts';
import { renderTable } from '../../bench/render/terminal.ts';
import type { FaultResult, FaultRun } from '../results.ts';
import { verdictTable } from './tables.ts';

/** Enough to see what is wrong; all of it is in faults.json. */
const MAX_EVIDENCE = 10;

/** @returns lines, each with its end. */
export function renderFaults(run: FaultRun): string {
  const lines = [`${run.command} · ${duration(run.seconds)}`, machineLine(run.machine)];
  lines.push(`${run.engine}, links cut by ${run.network}`, '', ...renderTable(verdictTable(run)));
  const failing = run.results.flatMap(evidenceOf);
  if (failing.length > 0) lines.push('', '== What does not hold, or cannot be told', ...failing);
  if (run.notDone.length > 0) lines.push('', '== Not done', ...run.notDone.map((line) => `- ${line}`));
  return `${lines.join('\n')}\n`;
}

function evidenceOf({ name, command, verdicts }: FaultResult): string[] {
  const failing = verdicts.filter(({ verdict }) => verdict === 'broken' || verdict === 'unknown');
  return failing.flatMap(({ promise, verdict, summary, evidence }) => [
    '',
    `${name}, ${promise}: ${verdict} (${command})`,
    `  ${summary}`,
    ...evidence.slice(0, MAX_EVIDENCE).map((line) => `  - ${line}`),
    ...(evidence.length > MAX_EVIDENCE ? [`  … and ${evidence.length - MAX_EVIDENCE} more`] : []),
  ]);
}
