/** Exports a table to a file. Each row is consistent, but rows can change during the export: it is no snapshot. */

import { UsageError } from '../../toolkit/node/errors.ts';
import { printable } from '../../toolkit/printable.ts';
import type { Progress } from '../../toolkit/progress.ts';
import type { Column, Format, Values } from './format.ts';
import type { TableClient } from './table-client.ts';

/** Rows per round trip. With fewer, the round trips take longer than the rows; more would only need more memory. */
const BATCH = 500;

/**
 * Writes all rows in the order of their insertion.
 * @param write receives text of one character per byte (`latin1`).
 * @returns the number of rows.
 */
export async function exportTable(
  table: TableClient,
  format: Format,
  write: (text: string) => Promise<void>,
  progress: Progress,
): Promise<number> {
  const columns = await table.columns();
  await write(format.begin(table.name, columns));
  progress.start('reading ids', 0, 'rows');
  const ids = await table.ids((count) => progress.add(count));
  progress.start('exporting', ids.length, 'rows');
  let exported = 0;
  for (let at = 0; at < ids.length; at += BATCH) {
    const batch = ids.slice(at, at + BATCH);
    const rows = (await table.rows(batch)).flatMap((fields, i) => {
      return fields.size === 0 ? [] : [valuesOf(fields, columns, batch[i] ?? '')];
    });
    if (rows.length > 0) await write(format.rows(table.name, columns, rows));
    exported += rows.length;
    progress.add(batch.length);
  }
  return exported;
}

/** @throws UsageError if a row has a column that the schema lacks, because the export would lose its value. */
function valuesOf(fields: Map<string, string>, columns: readonly Column[], id: string): Values {
  const values = columns.map(({ name }) => fields.get(name));
  if (values.filter((value) => value !== undefined).length === fields.size) return values;
  const unknown = [...fields.keys()].find((field) => !columns.some(({ name }) => name === field)) ?? '';
  const name = printable(Buffer.from(unknown, 'latin1'));
  throw new UsageError(
    `the row with the id ${id} has the column "${name}", which the schema lacks: add it with TABLE.SCHEMA.ALTER`,
  );
}
