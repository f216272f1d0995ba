/** The grammar as a table of cases: statements on one table, and their replies in both versions of RESP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from './grammar-replies.ts';
import { SELECT, WRITES } from './grammar-rows.ts';
import { ALTER, DROP, SCHEMAS } from './grammar-schemas.ts';
import { STRICT, WHERE } from './grammar-where.ts';
import { type Shown, startTables, type TableNode, words } from './statements.ts';

/** Columns of the table: a and b have an index, s (text), c (number), f, and d have none. */
const SCHEMA =
  'TABLE.SCHEMA.CREATE n.t k:string a:string:hash b:integer:btree s:string c:integer f:float d:date';
const ROWS = [
  'k=1 a=x b=1 s=p c=10 f=0.5 d=2020-01-31',
  'k=2 a=x b=2 s=q c=20 f=1.5 d=2021-02-28',
  'k=3 a=y b=2 s=r c=100 f=-2 d=2021-12-01',
  'k=4 a=z b=007 s=ab>c c=120',
];

async function fill({ call, run }: TableNode): Promise<void> {
  await call('FLUSHALL');
  await run(['TABLE.NAMESPACE.CREATE', 'n']);
  await run(words(SCHEMA));
  for (const row of ROWS) await run(['TABLE.INSERT', 'n.t', ...words(row)]);
}

async function testCases({ run }: TableNode, cases: Case[]): Promise<void> {
  for (const [statement, reply] of cases) assert.deepEqual(await run(words(statement)), reply, statement);
}

for (const protocol of [2, 3] as const) {
  test(`statements and their replies, RESP${protocol}`, async (t) => {
    const tables = await startTables(protocol);
    for (const [name, cases] of Object.entries({ SELECT, WRITES, SCHEMAS, ALTER, DROP }))
      await t.test(name, async () => {
        await fill(tables);
        await testCases(tables, cases);
      });
    await t.test('WHERE', async () => {
      await fill(tables);
      for (const [clause, found] of Object.entries(WHERE)) {
        const reply = await tables.run(words(`TABLE.SELECT n.t WHERE ${clause}`));
        assert.deepEqual(Array.isArray(reply) ? reply.map(keyOf) : reply, found, clause);
      }
    });
    await t.test('WHERE in strict mode', async () => {
      await fill(tables);
      for (const [clause, found] of Object.entries(STRICT)) {
        const reply = await tables.run(words(`TABLE.SELECT n.t WHERE ${clause}`), { strict: true });
        assert.deepEqual((reply as Shown[]).map(keyOf), found, clause);
      }
    });
  });
}

/** Returns the value of the first column. */
function keyOf(row: Shown): Shown | undefined {
  return (row as Shown[])[1];
}
