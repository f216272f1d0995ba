/** The keys of a table after each kind of statement, and that a failed statement changes none of them. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { callOf, type Shown, shown, startTables, words } from './statements.ts';

const { call, dump, node, run } = await startTables();

beforeEach(async () => {
  await call('FLUSHALL');
  await run(['TABLE.NAMESPACE.CREATE', 'n']);
});

/** Runs statements that must succeed. Returns the last reply. */
async function play(...statements: string[]): Promise<Shown> {
  let reply: Shown = null;
  for (const statement of statements) {
    reply = await run(words(statement));
    assert.ok(!String(reply).startsWith('-'), `${statement}: ${reply}`);
  }
  return reply;
}

const CREATE = 'TABLE.SCHEMA.CREATE n.t a:string:hash i:integer:hash s:string';

test('creates the documented keys', async () => {
  await play(CREATE, 'TABLE.INSERT n.t a=x i=007 s=p', 'TABLE.INSERT n.t a=x');
  assert.deepEqual(await dump(), {
    'schema:{n}': '1',
    'schema:{n.t}': ['a', 'string', 'i', 'integer', 's', 'string'],
    'table:tables': ['', 'n.t'],
    '{n.t}:1': ['a', 'x', 'i', '007', 's', 'p'],
    '{n.t}:2': ['a', 'x'],
    '{n.t}:id': '2',
    '{n.t}:idx:a:x': ['1', '2'],
    '{n.t}:idx:i:007': ['1'],
    '{n.t}:idx:meta': ['a', 'i'],
    '{n.t}:range:i': ['007', '7'],
    '{n.t}:ranges': ['i'],
    '{n.t}:rows': ['1', '2'],
  });
});

test('UPDATE moves index entries, DELETE removes them', async () => {
  await play(CREATE, 'TABLE.INSERT n.t a=x i=1', 'TABLE.INSERT n.t a=x i=2');
  await play('TABLE.UPDATE n.t WHERE i=2 SET a=y i=3', 'TABLE.DELETE n.t WHERE i=1');
  const { 'schema:{n}': _, 'schema:{n.t}': __, 'table:tables': ___, ...keys } = await dump();
  assert.deepEqual(keys, {
    '{n.t}:2': ['a', 'y', 'i', '3'],
    '{n.t}:id': '2',
    '{n.t}:idx:a:y': ['2'],
    '{n.t}:idx:i:3': ['2'],
    '{n.t}:idx:meta': ['a', 'i'],
    '{n.t}:range:i': ['3', '3'],
    '{n.t}:ranges': ['i'],
    '{n.t}:rows': ['2'],
  });
});

test('a value leaves the sorted set with its last row', async () => {
  await play(
    CREATE,
    'TABLE.INSERT n.t i=1',
    'TABLE.INSERT n.t i=1',
    'TABLE.INSERT n.t i=2',
    'TABLE.INSERT n.t i=2',
  );
  await play('TABLE.UPDATE n.t WHERE i=1 SET i=3', 'TABLE.INSERT n.t i=1 a=x', 'TABLE.INSERT n.t i=1 a=y');
  await play('TABLE.DELETE n.t WHERE a=x', 'TABLE.DELETE n.t WHERE i=2');
  assert.deepEqual((await dump())['{n.t}:range:i'], ['1', '1', '3', '3']);
  await play('TABLE.DELETE n.t WHERE a=y');
  assert.deepEqual((await dump())['{n.t}:range:i'], ['3', '3']);
});

test('a column that is given twice leaves one index entry', async () => {
  await play(CREATE, 'TABLE.INSERT n.t a=x a=y', 'TABLE.UPDATE n.t WHERE a=y SET a=z a=w');
  const keys = Object.keys(await dump()).filter((key) => key.includes('idx:a'));
  assert.deepEqual(keys, ['{n.t}:idx:a:w']);
});

for (const drop of ['TABLE.DROP n.t FORCE', 'TABLE.SCHEMA.DROP n.t FORCE'])
  test(`${drop} deletes all keys of the table`, async () => {
    const others = [CREATE.replace('n.t', 'n.u'), 'TABLE.INSERT n.u a=x i=1 s=p'];
    await play(...others);
    const before = await dump();
    await play(CREATE, 'TABLE.INSERT n.t a=x i=1 s=p', 'TABLE.INSERT n.t a=y i=2', drop);
    assert.deepEqual(await dump(), before);
  });

test('TABLE.NAMESPACE.DROP deletes its tables and no others', async () => {
  await play(
    'TABLE.NAMESPACE.CREATE m',
    'TABLE.NAMESPACE.CREATE n.x',
    'TABLE.SCHEMA.CREATE m.t a:string:hash',
  );
  await play('TABLE.INSERT m.t a=x', 'TABLE.NAMESPACE.CREATE gone');
  await play('TABLE.NAMESPACE.CREATE gone.x');
  const before = await dump();
  await play('TABLE.NAMESPACE.CREATE gone.y', 'TABLE.NAMESPACE.DROP gone.y FORCE');
  assert.deepEqual(await dump(), before);
  await play('TABLE.SCHEMA.CREATE gone.t a:string:hash', 'TABLE.INSERT gone.t a=x');
  await play('TABLE.SCHEMA.CREATE gone.u a:integer', 'TABLE.NAMESPACE.DROP gone FORCE');
  const { 'schema:{gone}': _, ...left } = before;
  assert.deepEqual(await dump(), left);
});

test('DROP INDEX deletes the keys of exactly this index', async () => {
  await play(
    'TABLE.SCHEMA.CREATE n.t a*:string:hash ab:integer:hash a:string',
    'TABLE.INSERT n.t a*=x ab=1 a=y',
  );
  const before = await dump();
  await play('TABLE.SCHEMA.ALTER n.t ADD INDEX a', 'TABLE.SCHEMA.ALTER n.t DROP INDEX a');
  assert.deepEqual(await dump(), before);
  await play('TABLE.SCHEMA.ALTER n.t DROP INDEX a*', 'TABLE.SCHEMA.ALTER n.t DROP INDEX ab');
  // A set of columns never becomes empty, because a node that was down would bring it back.
  assert.deepEqual(
    Object.entries(await dump()).filter(([key]) => /idx|range/.test(key)),
    [
      ['{n.t}:idx:meta', [':']],
      ['{n.t}:ranges', [':']],
    ],
  );
});

const FAILING = [
  'TABLE.SCHEMA.CREATE n.u a:string:hash b:string c',
  'TABLE.SCHEMA.CREATE n.u a:string:hash b:string:wrong',
  `TABLE.SCHEMA.CREATE n.${'u'.repeat(65)} a:string`,
  `TABLE.NAMESPACE.CREATE ${'m'.repeat(65)}`,
  'TABLE.SCHEMA.ALTER n.t ADD COLUMN b:string:wrong',
  'TABLE.SCHEMA.ALTER n.t ADD INDEX none',
  'TABLE.INSERT n.t a=y i=2 nonsense',
  'TABLE.INSERT n.t a=y i=two',
  'TABLE.INSERT n.t a=y none=1',
  'TABLE.UPDATE n.t WHERE a=x SET a=y i=two',
  'TABLE.UPDATE n.t WHERE a=x SET a=y nonsense',
  'TABLE.UPDATE n.t WHERE a=x OR SET a=y',
  'TABLE.DELETE n.t WHERE a=x AND',
  'TABLE.DELETE n.t a=x',
  'TABLE.DROP n.t',
  'TABLE.NAMESPACE.DROP n NO',
];

test('a failed statement changes no key', async () => {
  await play(CREATE, 'TABLE.INSERT n.t a=x i=1', 'TABLE.INSERT n.t a=x i=2 s=p');
  const before = await dump();
  for (const statement of FAILING) {
    assert.match(String(await run(words(statement))), /^-ERR /, statement);
    assert.deepEqual(await dump(), before, statement);
  }
  for (const statement of [
    'TABLE.UPDATE n.t WHERE i>0 SET a=z',
    'TABLE.DELETE n.t',
    'TABLE.DROP n.t FORCE',
  ]) {
    assert.match(String(await run(words(statement), { limit: 1 })), /scan limit exceeded/, statement);
    assert.deepEqual(await dump(), before, statement);
  }
});

test('a node without memory rejects an INSERT as a whole', async (t) => {
  await play(CREATE, 'TABLE.INSERT n.t a=x i=1');
  const before = await dump();
  t.after(() => call('CONFIG', 'SET', 'maxmemory', '0'));
  await call('CONFIG', 'SET', 'maxmemory', '1');
  assert.match(String(await run(words('TABLE.INSERT n.t a=y i=2'))), /OOM/);
  assert.match(String(await run(words('TABLE.UPDATE n.t WHERE a=x SET a=y i=2'))), /OOM/);
  await call('CONFIG', 'SET', 'maxmemory', '0');
  assert.deepEqual(await dump(), before);
});

test('statements inside MULTI reply when EXEC runs them', async () => {
  await play(CREATE);
  const replies = await node.batch([
    ['MULTI'],
    callOf(words('TABLE.INSERT n.t a=x')),
    callOf(words('TABLE.SELECT n.t WHERE a=x')),
    ['EXEC'],
  ]);
  assert.deepEqual(replies.map(shown), ['+OK', '+QUEUED', '+QUEUED', ['1', [['a', 'x']]]]);
});
