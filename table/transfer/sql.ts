/**
 * SQL: the table and INSERT statements, with every value as a string, which SQL databases convert to the type of the
 * column. From other statements than INSERT, an import reads nothing.
 */
import type { Column, FileRow, Format } from './format.ts';
import { statements, type Token } from './sql-tokens.ts';

const TYPES = new Map([
  ['integer', 'bigint'],
  ['float', 'double precision'],
  ['date', 'date'],
]);

export const sql: Format = {
  begin: (table, columns) => {
    const definitions = columns.map(
      ({ name, type }) => `  ${quoted(name)} ${TYPES.get(type.toLowerCase()) ?? 'text'}`,
    );
    return `-- ${createCommand(table, columns)}\nCREATE TABLE ${quoted(table)} (\n${definitions.join(',\n')}\n);\n`;
  },
  rows: (table, columns, batch) => {
    const names = columns.map(({ name }) => quoted(name)).join(', ');
    const rows = batch.map((values) => `  (${values.map(literal).join(', ')})`);
    return `INSERT INTO ${quoted(table)} (${names}) VALUES\n${rows.join(',\n')};\n`;
  },
  read,
};

/** Returns the command that creates the table, as redis-cli accepts it. */
function createCommand(table: string, columns: readonly Column[]): string {
  const definitions = columns.map(
    ({ name, type, isIndexed }) => `${name}:${type}${isIndexed ? ':hash' : ''}`,
  );
  return ['TABLE.SCHEMA.CREATE', table, ...definitions].map(argument).join(' ');
}

function argument(text: string): string {
  if (/^[^\s"'\\\p{Cc}]+$/u.test(text)) return text;
  const escaped = text.replace(/[\p{Cc}"\\]/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(value: string | undefined): string {
  return value === undefined ? 'NULL' : `'${value.replaceAll("'", "''")}'`;
}

async function* read(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  for await (const tokens of statements(chunks)) {
    const insert = new Insert(tokens);
    if (insert.accepts('insert')) yield* insert.rows();
  }
}

/** Parses `INSERT INTO <table> [(<columns>)] VALUES (<values>), …`. */
class Insert {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  *rows(): Generator<FileRow> {
    this.#expect('into');
    const table = this.#name();
    const columns = this.accepts('(') ? this.#list(() => this.#name('')) : undefined;
    this.#expect('values');
    do {
      this.#expect('(');
      const values = this.#list(() => this.#value());
      const { line } = this.#tokens[this.#at - 1] as Token;
      if (columns !== undefined && values.length !== columns.length)
        throw new Error(`line ${line}: expected ${columns.length} values, got ${values.length}`);
      yield { line, table, columns, values };
    } while (this.accepts(','));
    if (this.#at < this.#tokens.length) throw this.#unexpected('a comma or a semicolon');
  }

  /** Passes over a word or a sign. @returns whether it is next. */
  accepts(text: string): boolean {
    const token = this.#tokens[this.#at];
    const isNext = token?.kind === 'plain' && token.text.toLowerCase() === text;
    if (isNext) this.#at += 1;
    return isNext;
  }

  #expect(text: string): void {
    if (!this.accepts(text)) throw this.#unexpected(text.toUpperCase());
  }

  /** @param separator between the parts of a name; '' if the name has only one part. */
  #name(separator = '.'): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name' && !(token?.kind === 'plain' && /^[A-Za-z_]/.test(token.text)))
      throw this.#unexpected('a name');
    this.#at += 1;
    return separator !== '' && this.accepts(separator) ? `${token.text}.${this.#name()}` : token.text;
  }

  #list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.accepts(',')) items.push(item());
    this.#expect(')');
    return items;
  }

  #value(): string | undefined {
    if (this.accepts('null')) return undefined;
    const token = this.#tokens[this.#at];
    const isValue =
      token?.kind === 'string' || (token?.kind === 'plain' && /^[-+.\d]|^(true|false)$/i.test(token.text));
    if (!isValue) throw this.#unexpected('a string, a number, TRUE, FALSE, or NULL');
    this.#at += 1;
    // The table has no empty values.
    return token.text === '' ? undefined : token.text;
  }

  #unexpected(expected: string): Error {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    const got = this.#at < this.#tokens.length ? `"${token?.text.slice(0, 40)}"` : 'the end of the statement';
    return new Error(`line ${token?.line}: expected ${expected}, got ${got}`);
  }
}
