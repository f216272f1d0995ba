/** How statements find rows: types, indexes, sorted sets, scan limit, order, and TABLE.EXPLAIN. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startColumn } from './one-column.ts';
import { callOf, words } from './statements.ts';

const { call, dump, found, node, run, tableOf } = await startColumn();

test('returns rows in the order of their ids as bytes', async () => {
  await tableOf(
    'integer',
    Array.from({ length: 1_200 }, (_, i) => String(i + 1)),
  );
  const rows = (await run(['TABLE.SELECT', 'n.t'])) as string[][];
  const values = rows.map(([, value]) => value);
  assert.deepEqual(values, [...values].sort());
  assert.equal(values.length, 1_200);
  // Members of another program.
  for (const members of [['1e2', '01'], ['123456789012345678', '123456789012345679'], ['x']]) {
    await call('SADD', '{n.t}:rows', ...members);
    const others = (await run(['TABLE.SELECT', 'n.t'])) as string[][];
    assert.deepEqual(
      others.map(([, value]) => value).filter((value) => value !== undefined),
      values,
    );
    assert.equal(others.length, 1_200 + members.length);
    await call('SREM', '{n.t}:rows', ...members);
  }
});

test('a row whose hash is gone is an empty array', async () => {
  await tableOf('string', ['a', 'b']);
  await call('DEL', '{n.t}:1');
  assert.deepEqual(await run(['TABLE.SELECT', 'n.t']), [[], ['v', 'b']]);
});

test('ignores stale entries of indexes and sorted sets', async () => {
  await tableOf('integer:hash', ['1', '2']);
  await call('SADD', '{n.t}:idx:v:2', '1', '7');
  await call('HSET', '{n.t}:7', 'v', '2');
  await call('ZADD', '{n.t}:range:v', '3', '3');
  await call('SADD', '{n.t}:idx:v:3', '2', '9');
  assert.deepEqual(await found('v=2'), ['2']);
  assert.deepEqual(await found('v>1'), ['2']);
  await run(words('TABLE.INSERT n.t v=2'));
  assert.deepEqual(await found('v>=2'), ['2', '2']);
});

test('finds each row once, whatever the number of values and of stale entries', async () => {
  const values = Array.from({ length: 2_500 }, (_, i) => String(i));
  await tableOf('integer:hash', values);
  for (const value of ['3', '1500', '2400']) await call('SADD', `{n.t}:idx:v:${value}`, '2', '1600');
  assert.deepEqual(await found('v>=1'), values.slice(1).sort());
});

test('a new type of a column rebuilds its sorted set, or removes it', async () => {
  await tableOf('string:hash', ['2020-01-01', '5', '10', '7x']);
  const isSorted = () => call('EXISTS', '{n.t}:range:v');
  assert.equal(await isSorted(), 0);
  await run(words('TABLE.SCHEMA.ALTER n.t ADD COLUMN v:integer'));
  assert.equal(await isSorted(), 1);
  assert.deepEqual(await found('v<11'), ['10', '5', '7x']);
  await run(words('TABLE.SCHEMA.ALTER n.t ADD COLUMN v:date'));
  assert.equal(await isSorted(), 0);
  assert.deepEqual(await found('v>5'), ['7x']);
  await run(words('TABLE.SCHEMA.ALTER n.t ADD COLUMN v:string'));
  assert.deepEqual(await found('v<5x'), ['10', '2020-01-01', '5']);
});

test('a column that is added with an index to a table with rows is searchable at once', async () => {
  await tableOf('integer', ['1', '2']);
  await run(words('TABLE.SCHEMA.ALTER n.t ADD COLUMN w:integer:hash'));
  await run(words('TABLE.UPDATE n.t WHERE v=2 SET w=5'));
  assert.deepEqual(await found('w>4'), ['2']);
  assert.deepEqual(await found('w=5'), ['2']);
});

test('SCHEMA.CREATE indexes rows whose schema was lost', async () => {
  await tableOf('integer:hash', ['1', '2']);
  await call('DEL', 'schema:{n.t}', '{n.t}:idx:meta', '{n.t}:ranges', '{n.t}:range:v', '{n.t}:idx:v:2');
  await run(words('TABLE.SCHEMA.CREATE n.t v:integer:hash'));
  assert.deepEqual(await found('v>1'), ['2']);
  assert.deepEqual(await found('v=2'), ['2']);
});

const LIMIT = 1_000;
const EXCEEDED = `-ERR query scan limit exceeded (max ${LIMIT} rows). Use indexed columns or add more specific conditions.`;
/** Statements that read all rows, in one step or another. */
const READING_ALL = [
  'TABLE.SELECT n.t',
  'TABLE.SELECT n.t WHERE s>a',
  'TABLE.SELECT n.t WHERE v>=0',
  'TABLE.SELECT n.t WHERE a=x',
  'TABLE.SELECT n.t WHERE v<2 OR s>a',
  'TABLE.SELECT n.t WHERE v<600 OR v>500',
  'TABLE.UPDATE n.t WHERE s=b SET s=c',
  'TABLE.DELETE n.t',
  'TABLE.SCHEMA.ALTER n.t ADD INDEX s',
  'TABLE.SCHEMA.ALTER n.t ADD COLUMN a:integer',
  'TABLE.SCHEMA.ALTER n.t DROP INDEX a',
  'TABLE.EXPLAIN SELECT n.t',
  'TABLE.DROP n.t FORCE',
  'TABLE.NAMESPACE.DROP n FORCE',
];

test('rejects a statement that reads more rows than the scan limit, and accepts exactly that number', async () => {
  await run(words('TABLE.SCHEMA.CREATE n.t v:integer:hash a:string:hash s:string'));
  await node.batch(
    Array.from({ length: LIMIT + 1 }, (_, v) => callOf(['TABLE.INSERT', 'n.t', `v=${v}`, 'a=x', 's=b'])),
  );
  const options = { limit: LIMIT };
  for (const statement of READING_ALL)
    assert.equal(await run(words(statement), options), EXCEEDED, statement);
  assert.equal(await run(words('TABLE.DELETE n.t WHERE v=0'), options), 1);
  for (const statement of READING_ALL)
    assert.doesNotMatch(String(await run(words(statement), options)), /^-/, statement);
});

/** Statements, and their steps in the table of the test. A range starts with the first part of a date, too. */
const EXPLAINED: Record<string, string[]> = {
  'SELECT n.t': ['all rows: 5', 'SELECT returns 5 rows (scan limit 100000)'],
  'TABLE.SELECT n.t WHERE a=x': [
    'index a=x: reads 3 rows, 3 match',
    'SELECT returns 3 rows (scan limit 100000)',
  ],
  'select n.t WHERE a=x AND v>2': [
    'index a=x: reads 3 rows, 3 match',
    'filter v>2: reads 3 rows, 2 match',
    'SELECT returns 2 rows (scan limit 100000)',
  ],
  'SELECT n.t WHERE v>2 OR s>q': [
    'range v>2: reads 3 rows, 3 match',
    'scan s>q: reads 5 rows, 1 match',
    'union: 4 rows',
    'SELECT returns 4 rows (scan limit 100000)',
  ],
  'update n.t WHERE s=q SET a=new': [
    'scan s=q: reads 5 rows, 4 match',
    'UPDATE updates 4 rows (scan limit 100000)',
  ],
  'SELECT n.t WHERE d>2020': [
    'range d>2020: reads 1 rows, 1 match',
    'SELECT returns 1 rows (scan limit 100000)',
  ],
  'SELECT n.t WHERE d>x': ['scan d>x: reads 5 rows, 0 match', 'SELECT returns 0 rows (scan limit 100000)'],
  'TABLE.DELETE n.t WHERE a=y': [
    'index a=y: reads 2 rows, 2 match',
    'DELETE deletes 2 rows (scan limit 100000)',
  ],
};

test('TABLE.EXPLAIN shows the steps of a statement, and changes nothing', async () => {
  await run(words('TABLE.SCHEMA.CREATE n.t v:integer:hash a:string:hash s:string d:date:hash'));
  for (const row of ['v=1 a=x s=r d=2020-06-30', 'v=2 a=y s=q', 'v=3 a=x s=q', 'v=4 a=y s=q', 'v=5 a=x s=q'])
    await run(['TABLE.INSERT', 'n.t', ...words(row)]);
  const before = await dump();
  for (const [statement, steps] of Object.entries(EXPLAINED)) {
    const reply = await run(['TABLE.EXPLAIN', ...words(statement)]);
    assert.deepEqual(
      reply,
      steps.map((step) => `+${step}`),
      statement,
    );
  }
  assert.deepEqual(await dump(), before);
  const explain = async (statement: string) => String(await run(words(`TABLE.EXPLAIN ${statement}`)));
  assert.match(await explain('SELECT'), /^-ERR wrong number of arguments for 'TABLE.EXPLAIN' command$/);
  assert.match(await explain('INSERT n.t a=x'), /^-ERR EXPLAIN requires SELECT, UPDATE, or DELETE$/);
  assert.match(await explain('SELECT n.none'), /^-ERR table schema does not exist$/);
  assert.match(await explain('SELECT n.t WHERE s=q'), /^-ERR search cannot be done on non-indexed column$/);
  assert.match(await explain('SELECT n.t WHERE a>\r\n'), /^\+scan a>\?\?:/);
});
