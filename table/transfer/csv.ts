/** CSV as in RFC 4180: the first line contains the columns. An empty field means that the row has no such column. */
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import type { FileRow, Format, Values } from './format.ts';

/** The byte order mark of UTF-8, which spreadsheets write. */
const MARK = Buffer.from('\uFEFF');

export const csv: Format = {
  begin: (_, columns) => textOf([columns.map(({ name }) => name)]),
  rows: (_, __, batch) => textOf(batch),
  read,
};

function textOf(rows: readonly Values[]): string {
  return stringify(rows as Values[]);
}

async function* read(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  const parser = parse({ encoding: 'latin1', info: true, record_delimiter: ['\r\n', '\n'] });
  Readable.from(withoutMark(chunks))
    .on('error', (error) => parser.destroy(error))
    .pipe(parser);
  let columns: string[] | undefined;
  for await (const { record, info } of parser as AsyncIterable<{
    record: string[];
    info: { lines: number };
  }>) {
    if (columns === undefined) columns = record;
    else yield { line: info.lines, columns, values: record.map((text) => (text === '' ? undefined : text)) };
  }
}

/** Removes the mark in the first bytes. The parser's own option for it would also decode the file as UTF-8. */
async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    yield isFirst && chunk.subarray(0, MARK.length).equals(MARK) ? chunk.subarray(MARK.length) : chunk;
    isFirst = false;
  }
}
