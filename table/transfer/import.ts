/** Imports a file into a table. Checks the whole file before the first INSERT, so that a wrong file changes nothing. */
import { createReadStream } from 'node:fs';
import { withFile } from '../../toolkit/files.ts';
import type { Connection } from '../../toolkit/node/connection.ts';
import { Interrupted, UsageError } from '../../toolkit/node/errors.ts';
import { ReplyError } from '../../toolkit/node/resp.ts';
import { count, type Progress } from '../../toolkit/progress.ts';
import { shownValue, TableCheck } from './check-rows.ts';
import type { FileRow, Format } from './format.ts';
import { TableClient } from './table-client.ts';

/** Rows per round trip. */
const BATCH = 500;
/** Problems that the error lists; more would hide the first one. */
const MAX_PROBLEMS = 10;
/** Bytes of a node's error that a message repeats. */
const MAX_REASON = 300;

export interface Source {
  file: string;
  format: Format;
  /** Target of all rows; if omitted, the file names the table of each row. */
  table: string | undefined;
}

/** A row with its target. `columns` is complete. */
type TargetedRow = FileRow & { columns: readonly string[]; check: TableCheck };

export class Import {
  readonly #gateway: Connection;
  readonly #source: Source;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  readonly #tables = new Map<string, TableCheck>();

  /** @param signal ends the import. */
  constructor(gateway: Connection, source: Source, progress: Progress, signal: AbortSignal) {
    this.#gateway = gateway;
    this.#source = source;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** @returns the number of inserted rows. @throws UsageError for a wrong file, NodeError, Interrupted. */
  async run(): Promise<number> {
    const total = await this.#checkAll();
    this.#progress.start('importing', total, 'rows');
    let inserted = 0;
    const batch: TargetedRow[] = [];
    for await (const row of this.#rows()) {
      const isFull = batch.length >= BATCH || (batch.length > 0 && batch[0]?.check !== row.check);
      if (isFull) inserted += await this.#insert(batch.splice(0), inserted);
      batch.push(row);
    }
    return inserted + (await this.#insert(batch, inserted));
  }

  /** @returns the number of rows. */
  async #checkAll(): Promise<number> {
    this.#progress.start('checking', 0, 'rows');
    const problems: string[] = [];
    let rows = 0;
    for await (const row of this.#rows()) {
      for (const problem of row.check.problemsOf(row)) problems.push(`line ${row.line}${problem}`);
      if (problems.length > MAX_PROBLEMS) break;
      rows += 1;
      this.#progress.add(1);
    }
    if (problems.length === 0) return rows;
    const more = problems.length > MAX_PROBLEMS ? '; and more' : '';
    const list = problems.slice(0, MAX_PROBLEMS).join('; ');
    throw new UsageError(`${this.#source.file}: ${list}${more}. Nothing was imported`);
  }

  async *#rows(): AsyncGenerator<TargetedRow> {
    const { file, format, table } = this.#source;
    const rows = format.read(createReadStream(file, { signal: this.#signal }))[Symbol.asyncIterator]();
    for (;;) {
      const { value: row, done } = await withFile(file, () => rows.next()).catch((error: Error) => {
        if (this.#signal.aborted) throw new Interrupted();
        throw error instanceof UsageError ? error : new UsageError(`${file}: ${error.message}`);
      });
      if (done) return;
      const target = table ?? row.table;
      if (target === undefined) throw new UsageError(`--table: expected the table for the rows of ${file}`);
      const check = await this.#check(target);
      yield { ...row, columns: row.columns ?? check.columnNames, check };
    }
  }

  async #check(name: string): Promise<TableCheck> {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const client = new TableClient(this.#gateway, name);
    const check = new TableCheck(client, await client.columns());
    this.#tables.set(name, check);
    return check;
  }

  /** @returns the number of rows. @throws UsageError that names the first rejected row. */
  async #insert(batch: readonly TargetedRow[], before: number): Promise<number> {
    const [first] = batch;
    if (first === undefined) return 0;
    const replies = await first.check.client.insert(batch).catch((error: Error) => {
      const known = `${count(before)} rows were imported, and perhaps some of the next ${batch.length}`;
      throw new Error(`${error.message}: ${known}`);
    });
    const rejected = replies.findIndex((reply) => reply instanceof ReplyError);
    this.#progress.add(batch.length);
    if (rejected < 0) return batch.length;
    const accepted = replies.filter((reply) => !(reply instanceof ReplyError)).length;
    const reason = shownValue((replies[rejected] as ReplyError).message, MAX_REASON);
    throw new UsageError(
      `${this.#source.file}: line ${batch[rejected]?.line} was rejected: ${reason}. ${count(before + accepted)} rows were imported`,
    );
  }
}
