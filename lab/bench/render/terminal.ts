/** Formats a run as text. */

import { machineLine } from '../../../toolkit/machine.ts';
import { duration } from '../../../toolkit/report/figures.ts';
import { renderTable } from '../../../toolkit/report/table.ts';
import { EXPERIMENTS } from '../experiments/index.ts';
import type { RunData } from '../run-data.ts';
import { guaranteeTable, tablesOf, trustProblems } from './tables.ts';

/** @returns lines, each with a line break. */
export function renderText(run: RunData): string {
  const lines = [`${run.command} · ${duration(run.seconds)}`, machineLine(run.machine)];
  for (const { name, title, about } of EXPERIMENTS) {
    const tables = tablesOf(name, run.rows);
    if (tables.length === 0) continue;
    lines.push('', `== ${title}`, about);
    for (const table of tables) lines.push('', ...renderTable(table));
    const problems = trustProblems(run.rows.filter(({ experiment }) => experiment === name));
    if (problems.length > 0) lines.push('', 'Noisy or unstable figures:');
    lines.push(...problems.map((line) => `- ${line}`));
  }
  if (run.bars.length > 0) lines.push('', '== Guarantees', '', ...renderTable(guaranteeTable(run.bars)));
  if (run.notDone.length > 0)
    lines.push('', '== Skipped or failed', ...run.notDone.map((line) => `- ${line}`));
  return `${lines.join('\n')}\n`;
}
