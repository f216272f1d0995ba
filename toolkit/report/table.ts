/** A table of a report, and its text form. */

export interface Table {
  caption: string;
  header: string[];
  /** Number of columns with words; the other columns contain figures. */
  wordColumns: number;
  lines: string[][];
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
