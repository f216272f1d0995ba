/**
 * What the formats of an export have in common. All text contains one character per byte (`latin1`), so that every value
 * keeps its bytes, in UTF-8 or not.
 */

export interface Column {
  name: string;
  /** As declared: integer, float, date, or any other word for text. */
  type: string;
  isIndexed: boolean;
}

/** Values of a row in the order of the columns; `undefined`: the row has no such column. */
export type Values = readonly (string | undefined)[];

/** One row of a file. */
export interface FileRow {
  /** Line of the file in which the row ends. */
  line: number;
  /** Name of the table, if the format contains it. */
  table?: string;
  /** Names of the columns; `undefined`: all columns of the table, in their order. Consecutive rows share the array. */
  columns: readonly string[] | undefined;
  values: Values;
}

export interface Format {
  /** Returns the text before the first row. */
  begin: (table: string, columns: readonly Column[]) => string;
  /** Returns the text of a batch of rows. */
  rows: (table: string, columns: readonly Column[], batch: readonly Values[]) => string;
  /** Reads the rows of a file. @throws Error that names the line. */
  read: (chunks: AsyncIterable<Buffer>) => AsyncIterable<FileRow>;
}
