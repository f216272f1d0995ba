/** Checks the rows of a file against the columns of a table, with the rules of TABLE.INSERT, to name row and column. */
import { printableCut } from '../../toolkit/printable.ts';
import type { Column, FileRow } from './format.ts';
import type { TableClient } from './table-client.ts';

/** What INSERT accepts, for each type; any other type accepts all values. */
const TYPES = new Map([
  ['integer', { pattern: /^[+-]?\d+$/, expected: 'an integer' }],
  ['float', { pattern: /^[+-]?(?=[\d.])\d*\.?\d*$/, expected: 'a number without exponent' }],
  ['date', { pattern: /^\d{4}-\d\d-\d\d$/, expected: 'a date as YYYY-MM-DD' }],
]);

export class TableCheck {
  readonly client: TableClient;
  readonly columnNames: readonly string[];
  readonly #types: ReadonlyMap<string, string>;

  constructor(client: TableClient, columns: readonly Column[]) {
    this.client = client;
    this.columnNames = columns.map(({ name }) => name);
    this.#types = new Map(columns.map(({ name, type }) => [name, type.toLowerCase()]));
  }

  /** Returns a text for each problem of a row, to follow its line number. */
  problemsOf({ columns = this.columnNames, values }: FileRow): string[] {
    if (values.length !== columns.length)
      return [`: expected ${columns.length} values, got ${values.length}`];
    if (values.every((value) => value === undefined)) return [': expected at least one value'];
    return values.flatMap((value, i) => {
      const column = columns[i] ?? '';
      const problem = value === undefined ? undefined : this.#problemOf(column, value);
      return problem === undefined ? [] : [`, column ${shownValue(column)}: ${problem}`];
    });
  }

  #problemOf(column: string, value: string): string | undefined {
    const name = this.#types.get(column);
    if (name === undefined) return `not a column of ${shownValue(this.client.name)}`;
    // INSERT splits a field at the first of these.
    if (/[=<>]/.test(column)) return 'INSERT cannot name a column that contains =, <, or >';
    const type = TYPES.get(name);
    return type === undefined || type.pattern.test(value)
      ? undefined
      : `expected ${type.expected}, got "${shownValue(value)}"`;
  }
}

/** Returns text of one character per byte for a message. @param limit in bytes. */
export function shownValue(text: string, limit = 80): string {
  return printableCut(Buffer.from(text, 'latin1'), limit);
}
