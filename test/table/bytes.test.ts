/** Names and values of any bytes and sizes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startColumn } from './one-column.ts';
import { words } from './statements.ts';

const { call, run } = await startColumn();

test('keeps every byte of names and values', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const field = (value: Buffer) => Buffer.concat([Buffer.from('a='), value]);
  const table = Buffer.concat([Buffer.from('n.'), bytes.subarray(128, 160), Buffer.from([0, 13, 10])]);
  await run(['TABLE.SCHEMA.CREATE', table, 'a:string:hash']);
  const values = [bytes, Buffer.from('same\0one'), Buffer.from('same\0two'), Buffer.from('same')];
  for (const value of values) await run(['TABLE.INSERT', table, field(value)]);
  for (const value of values.slice(1))
    assert.deepEqual(await run(['TABLE.SELECT', table, 'WHERE', field(value)]), [
      ['a', value.toString('latin1')],
    ]);
  const all = await run(['TABLE.SELECT', table]);
  assert.deepEqual(
    (all as string[][]).map(([, value]) => value),
    values.map((value) => value.toString('latin1')),
  );
  assert.equal(await run(['TABLE.DELETE', table, 'WHERE', Buffer.from('a>same\0one')]), 1);
  assert.deepEqual(await run(['TABLE.NAMESPACE.VIEW', 'n']), [`n:${table.subarray(2).toString('latin1')}`]);
});

test('values of 1 MB and rows of 5,000 columns', async () => {
  const columns = Array.from({ length: 5_000 }, (_, i) => `c${i}`);
  await run(['TABLE.SCHEMA.CREATE', 'n.t', ...columns.map((column) => `${column}:integer`), 'a:string:hash']);
  const large = 'x'.repeat(2 ** 20);
  assert.equal(
    await run(['TABLE.INSERT', 'n.t', ...columns.map((column) => `${column}=1`), `a=${large}`]),
    '1',
  );
  assert.equal(
    await run(['TABLE.UPDATE', 'n.t', `a=${large}`, 'SET', ...columns.map((column) => `${column}=2`)]),
    1,
  );
  const [row] = (await run(['TABLE.SELECT', 'n.t', 'WHERE', `a=${large}`])) as string[][];
  assert.equal(row?.length, 2 * 5_001);
  assert.equal(row?.filter((item) => item === '2').length, 5_000);
});

/** Names that SORT treats in a special way, so a scan reads their rows one by one. */
for (const [table, column] of [
  ['n.a*b', 'v'],
  ['n.\0', 'v'],
  ['n.->', 'v'],
  ['n.t', '*'],
] as const)
  test(`scans table ${JSON.stringify(table)}, column ${JSON.stringify(column)}`, async () => {
    await run(['TABLE.SCHEMA.CREATE', table, `${column}:string`, 'w:integer']);
    for (const value of ['a', 'b', 'c']) await run(['TABLE.INSERT', table, `${column}=${value}`]);
    await run(['TABLE.INSERT', table, 'w=1']);
    const rows = await run(['TABLE.SELECT', table, 'WHERE', `${column}>a`]);
    assert.deepEqual(rows, [
      [column, 'b'],
      [column, 'c'],
    ]);
  });

test('scans a table with ids of another program', async () => {
  await run(words('TABLE.SCHEMA.CREATE n.t v:string'));
  await run(words('TABLE.INSERT n.t v=a'));
  await call('SADD', '{n.t}:rows', 'other');
  await call('HSET', '{n.t}:other', 'v', 'b');
  assert.deepEqual(await run(words('TABLE.SELECT n.t WHERE v>a')), [['v', 'b']]);
});
