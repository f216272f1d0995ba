/** Formats a run as text. */
import { EXPERIMENTS } from '../../lab/bench/experiments/index.ts';
import { duration } from '../../lab/bench/progress.ts';
import type { RunData } from '../../lab/bench/run-data.ts';
import { machineLine } from '../machine.ts';
import { barTable, type Table, tablesOf, trustProblems } from './tables.ts';

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
  if (run.bars.length > 0) lines.push('', '== Guarantees', '', ...renderTable(barTable(run.bars)));
  if (run.notDone.length > 0) lines.push('', '== Not done', ...run.notDone.map((line) => `- ${line}`));
  return `${lines.join('\n')}\n`;
}

/** @returns the lines of a table, after its caption. */
export function renderTable({ caption, header, wordColumns, lines }: Table): string[] {
  const widths = header.map((cell, i) => Math.max(cell.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const row = (cells: string[]) =>
    cells
      .map((cell, i) => (i < wordColumns ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [caption, row(header), widths.map((width) => '─'.repeat(width)).join('──'), ...lines.map(row)];
}
