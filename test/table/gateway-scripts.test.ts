/** The scripts that the gateway uses for itself, the registry of tables, the id counter, and TABLE.HELP. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { commands } from '../../table/commands.ts';
import { callOf, type Shown, startTables, words } from './statements.ts';

const tables = await startTables();
const { call, dump, run } = tables;

beforeEach(async () => {
  await call('FLUSHALL');
  for (const statement of [
    'TABLE.NAMESPACE.CREATE n',
    'TABLE.NAMESPACE.CREATE m',
    'TABLE.SCHEMA.CREATE n.t a:string',
    'TABLE.SCHEMA.CREATE n.u a:string',
    'TABLE.SCHEMA.CREATE m.t a:string',
  ])
    await run(words(statement));
});

test('the registry is built from the keys if it is missing or incomplete', async () => {
  for (let i = 0; i < 1_000; i++) await call('SET', `key:${i}`, 'x');
  for (const command of [
    ['DEL', 'table:tables'],
    ['SREM', 'table:tables', '', 'n.t'],
  ]) {
    await call(...command);
    assert.deepEqual(await run(['TABLE.NAMESPACE.VIEW']), ['m:t', 'n:t', 'n:u']);
    assert.deepEqual(await call('SORT', 'table:tables', 'ALPHA'), ['', 'm.t', 'n.t', 'n.u']);
  }
  await call('DEL', 'table:tables');
  assert.equal(await run(words('TABLE.NAMESPACE.DROP n FORCE')), '+OK');
  assert.deepEqual(await run(['TABLE.NAMESPACE.VIEW']), ['m:t']);
});

test('TABLE.NAMESPACE.VIEW does not list a table that another program deleted', async () => {
  await call('DEL', 'schema:{n.t}');
  assert.deepEqual(await run(['TABLE.NAMESPACE.VIEW']), ['m:t', 'n:u']);
});

test('view lists the tables that match a pattern', async () => {
  const view = (...args: string[]) => run(['view', ...args]);
  assert.deepEqual(await view('0'), []);
  assert.deepEqual(await view('1', 'n.*'), ['n:t', 'n:u']);
  assert.deepEqual(await view('3', 'n.u', '*.u', '[ml].?'), ['m:t', 'n:u']);
  assert.deepEqual(await view('1', '*', 'm'), ['m:t']);
  assert.equal(
    await view('1', '*', 'm', 'n'),
    "-ERR wrong number of arguments for 'TABLE.NAMESPACE.VIEW' command",
  );
});

test('takeover raises every id counter above the highest row', async () => {
  for (let i = 0; i < 12; i++) await run(words('TABLE.INSERT n.t a=x'));
  await call('SET', '{n.t}:id', '3');
  await run(words('TABLE.INSERT n.u a=x'));
  await call('DEL', '{n.u}:id');
  assert.equal(await run(['takeover', '0']), 3);
  assert.deepEqual(await ids(), ['12', '1', null]);
  assert.equal(await run(['takeover', '10000']), 3);
  assert.deepEqual(await ids(), ['10012', '10001', '10000']);
  assert.equal(await run(words('TABLE.INSERT n.t a=x')), '10013');
});

function ids(): Promise<Shown[]> {
  return Promise.all(['n.t', 'n.u', 'm.t'].map((table) => call('GET', `{${table}}:id`)));
}

test('a statement for an earlier home node changes nothing', async () => {
  const runFor = (home: string, ...statement: string[]) => {
    const [command = '', sha = '', keys = '', strict, ...rest] = callOf(statement).map(String);
    return call(command, sha, keys, `${strict}${home}`, ...rest);
  };
  assert.equal(await runFor('first', 'TABLE.INSERT', 'n.t', 'a=x'), '1');
  await runFor('first', 'takeover', '0');
  assert.equal(await runFor('first', 'TABLE.INSERT', 'n.t', 'a=x'), '2');
  await runFor('second', 'takeover', '10');
  const before = await dump();
  for (const statement of [
    'INSERT n.t a=late',
    'UPDATE n.t WHERE a=x SET a=late',
    'DELETE n.t',
    'DROP n.t FORCE',
  ])
    assert.match(
      String(await runFor('first', ...words(`TABLE.${statement}`))),
      /^-ERR another node is the home node/,
    );
  assert.deepEqual(await dump(), before);
  assert.deepEqual(await runFor('first', 'TABLE.SELECT', 'n.t'), [
    ['a', 'x'],
    ['a', 'x'],
  ]);
  assert.equal(await runFor('second', 'TABLE.INSERT', 'n.t', 'a=x'), '13');
});

test('INSERT never issues an id again when its counter is behind', async () => {
  for (let i = 0; i < 11; i++) await run(words('TABLE.INSERT n.t a=old'));
  await call('SET', '{n.t}:id', '1');
  assert.equal(await run(words('TABLE.INSERT n.t a=new')), '12');
  await call('HSET', '{n.t}:13', 'a', 'left');
  assert.equal(await run(words('TABLE.INSERT n.t a=new')), '14');
  await call('DEL', '{n.t}:id');
  assert.equal(await run(words('TABLE.INSERT n.t a=new')), '15');
  const rows = (await run(['TABLE.SELECT', 'n.t'])) as string[][];
  assert.equal(rows.filter(([, value]) => value === 'old').length, 11);
  assert.equal(rows.length, 14);
});

test('ids stay exact above 2^53', async () => {
  await call('SET', '{n.t}:id', '9007199254740992');
  for (const id of ['9007199254740993', '9007199254740994', '9007199254740995'])
    assert.equal(await run(words('TABLE.INSERT n.t a=x')), id);
  await call('SET', '{n.t}:id', '9007199254740992');
  assert.equal(await run(words('TABLE.INSERT n.t a=x')), '9007199254740996');
  assert.equal(((await run(['TABLE.SELECT', 'n.t'])) as Shown[]).length, 4);
  await call('SET', '{n.t}:id', '99999999999999');
  assert.equal(await run(words('TABLE.INSERT n.t a=x')), '100000000000000');
});

test('reply returns what its arguments describe', async () => {
  const cases: [string[], Shown][] = [
    [['+', 'PONG'], '+PONG'],
    [['-', 'WRONGPASS invalid username-password pair'], '-WRONGPASS invalid username-password pair'],
    [['$', 'bytes\0\r\n'], 'bytes\0\r\n'],
    [[':', '42'], 42],
    [['_', ''], null],
    [['*', '0'], []],
    [
      ['*', '2', '*', '1', '$', 'a', '+', 'b'],
      [['a'], '+b'],
    ],
    [
      ['%', '1', '$', 'name', ':', '1'],
      ['name', 1],
    ],
  ];
  for (const [args, reply] of cases) assert.deepEqual(await run(['reply', ...args]), reply);
});

test('TABLE.HELP describes every command', async () => {
  const lines = (await run(words('TABLE.HELP anything'))) as string[];
  for (const { name } of commands)
    assert.equal(lines.filter((line) => line.split(' ', 1)[0] === `+${name}`).length, 1, name);
});

test('statements of read commands write nothing', async () => {
  await run(words('TABLE.INSERT n.t a=x'));
  const before = await dump();
  for (const statement of ['TABLE.SELECT n.t', 'TABLE.SCHEMA.VIEW n.t', 'TABLE.NAMESPACE.VIEW', 'TABLE.HELP'])
    await run(words(statement));
  assert.deepEqual(await dump(), before);
});
