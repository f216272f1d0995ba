/** Tests the formats of export and import: every value survives, and every error names its line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csv } from '../../table/transfer/csv.ts';
import type { Column, FileRow, Format, Values } from '../../table/transfer/format.ts';
import { sql } from '../../table/transfer/sql.ts';

const FORMATS: Record<string, Format> = { csv, sql };

const column = (name: string, type = 'string', isIndexed = false): Column => ({ name, type, isIndexed });

async function rowsOf(format: Format, chunks: Iterable<Buffer>): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  for await (const row of format.read(asyncOf(chunks))) rows.push(row);
  return rows;
}

async function* asyncOf(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
}

/** Cuts text into chunks of this size. */
function chunksOf(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

/** Bytes with a meaning in a format, and all others. */
const unit = fc.oneof(
  fc.constantFrom(...'\'"`,;()\r\n\t\\-*/ \0aé'),
  fc.nat(255).map((code) => String.fromCharCode(code)),
);
const text = fc.string({ unit, minLength: 1, maxLength: 12 });

for (const [name, format] of Object.entries(FORMATS)) {
  test(`${name}: an import reads exactly the exported values, in chunks of any size`, async () => {
    const table = fc.uniqueArray(text, { minLength: 1, maxLength: 4 }).chain((names) => {
      const row = fc.tuple(...names.map(() => fc.option(text, { nil: undefined })));
      const rows = fc.array(
        row.filter((values) => values.some((value) => value !== undefined)),
        { maxLength: 5 },
      );
      return fc.record({ names: fc.constant(names), rows, size: fc.integer({ min: 1, max: 40 }) });
    });
    await fc.assert(
      fc.asyncProperty(table, async ({ names, rows, size }) => {
        const columns = names.map((one) => column(one));
        const exported =
          format.begin('a.b', columns) + (rows.length > 0 ? format.rows('a.b', columns, rows) : '');
        const read = await rowsOf(format, chunksOf(exported, size));
        assert.deepEqual(
          read.map(({ values }) => values),
          rows,
        );
        for (const row of read) assert.deepEqual(row.columns, names);
      }),
      { seed: 20_240_905, numRuns: 2_000 },
    );
  });
}

test('csv: quotes only where necessary, and leaves out missing values', () => {
  const columns = [column('name'), column('age', 'integer')];
  const rows: Values[] = [
    ['Ann, "the" first', '7'],
    ['line\nend', undefined],
  ];
  assert.equal(csv.begin('a.b', columns), 'name,age\n');
  assert.equal(csv.rows('a.b', columns, rows), '"Ann, ""the"" first",7\n"line\nend",\n');
});

test('csv: reads the files of spreadsheets', async () => {
  const rows = await rowsOf(csv, [Buffer.from('\uFEFFname,age\r\n"a\r\nb",1\r\n,2')]);
  assert.deepEqual(
    rows.map(({ columns, values }) => [columns, values]),
    [
      [
        ['name', 'age'],
        ['a\r\nb', '1'],
      ],
      [
        ['name', 'age'],
        [undefined, '2'],
      ],
    ],
  );
});

test('csv: an error names the line', async () => {
  await assert.rejects(rowsOf(csv, [Buffer.from('a,b\n1,2\n3\n')]), /line 3/);
  await assert.rejects(rowsOf(csv, [Buffer.from('a\n"b\n')]), /[Qq]uote/);
});

test('sql: an export creates the table, and its comment shows the TABLE command', () => {
  const columns = [
    column('na"me'),
    column('age', 'INTEGER', true),
    column('x', 'float'),
    column('born day', 'date'),
  ];
  assert.equal(
    sql.begin('shop.users', columns),
    [
      '-- TABLE.SCHEMA.CREATE shop.users "na\\x22me:string" age:INTEGER:hash x:float "born day:date"',
      'CREATE TABLE "shop.users" (',
      '  "na""me" text,',
      '  "age" bigint,',
      '  "x" double precision,',
      '  "born day" date',
      ');\n',
    ].join('\n'),
  );
  assert.equal(
    sql.rows('shop.users', [column('a'), column('b')], [["it's", undefined]]),
    'INSERT INTO "shop.users" ("a", "b") VALUES\n  (\'it\'\'s\', NULL);\n',
  );
  // Otherwise the rest of the name would be read as a statement.
  const comment = sql.begin('a.b', [column('x\n; DROP TABLE t; --')]).split('\n')[0] ?? '';
  assert.match(comment, /^-- .*DROP TABLE t; --:string"$/);
});

test('sql: reads INSERT statements of other programs, and skips other statements', async () => {
  const dump = `
    -- a dump; with a comment
    /* SET x = ';' */ SET search_path = 'a;b';
    CREATE TABLE shop.users (a text, b int);
    INSERT INTO shop.users VALUES ('x', 1), ('y', -2.5e3);
    insert into \`shop\`."users" (b, a) values (TRUE, ''), (.5, null)
  `;
  const rows = await rowsOf(sql, chunksOf(dump, 7));
  assert.deepEqual(
    rows.map(({ line, table, columns, values }) => [line, table, columns, values]),
    [
      [5, 'shop.users', undefined, ['x', '1']],
      [5, 'shop.users', undefined, ['y', '-2.5e3']],
      [6, 'shop.users', ['b', 'a'], ['TRUE', undefined]],
      [6, 'shop.users', ['b', 'a'], ['.5', undefined]],
    ],
  );
});

test('sql: an error names the line and the unexpected text', async () => {
  const cases: [string, RegExp][] = [
    ['\nINSERT users VALUES (1)', /^line 2: expected INTO, got "users"$/],
    ['INSERT INTO users VALUES (1', /^line 1: expected \), got the end of the statement$/],
    [
      'INSERT INTO users VALUES (now())',
      /^line 1: expected a string, a number, TRUE, FALSE, or NULL, got "now"$/,
    ],
    ['INSERT INTO users (a, b) VALUES (1)', /^line 1: expected 2 values, got 1$/],
    [
      'INSERT INTO users VALUES (1) RETURNING a',
      /^line 1: expected a comma or a semicolon, got "RETURNING"$/,
    ],
    ['INSERT INTO 5 VALUES (1)', /^line 1: expected a name, got "5"$/],
    ["INSERT INTO users VALUES ('a\nb);", /^line 1: the end of '/],
    ['/* INSERT', /^line 1: the end of \/\* is missing$/],
  ];
  for (const [statement, message] of cases)
    await assert.rejects(rowsOf(sql, [Buffer.from(statement)]), (error: Error) => {
      assert.match(error.message, message);
      return true;
    });
});
