/** Walks through the use that the operating guide describes, with the command line client: from the first table to recovery. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { QUICK_LINKS, runTool, temporaryFolder } from '../backup/tools.ts';
import { startMesh } from '../helpers/nodes.ts';
import { startGateway } from './gateway.ts';
import type { Statement } from './raw-client.ts';

const CLI = ['redis-cli', 'keydb-cli'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Columns of the guide's table of users. */
const COLUMNS = [
  ...['user_id:integer:hash', 'username:string:hash', 'email:string:hash', 'full_name:string:none'],
  ...['age:integer:none', 'country:string:hash', 'created_date:date:none', 'status:string:hash'],
];
const USERS = 'userapp.users';
const ALICE =
  'user_id=1 username=alice email=alice@example.com age=28 country=USA created_date=2024-01-15 status=active';
const BOB =
  'user_id=2 username=bob email=bob@example.com age=35 country=UK created_date=2024-02-20 status=active';
const CHARLIE =
  'user_id=3 username=charlie email=charlie@example.com age=22 country=Canada created_date=2024-03-10 status=inactive';

const insert = (fields: string, name: string): Statement => [
  'TABLE.INSERT',
  USERS,
  ...fields.split(' '),
  `full_name=${name}`,
];
const select = (conditions: string): Statement => ['TABLE.SELECT', USERS, 'WHERE', ...conditions.split(' ')];
const alter = (change: string): Statement => ['TABLE.SCHEMA.ALTER', USERS, ...change.split(' ')];

const NOT_INDEXED = '(error) ERR search cannot be done on non-indexed column';
const NO_TABLE = '(error) ERR table schema does not exist';

/** A statement, and what the client prints: the text, or the names of the users in it. */
type Step = [Statement, string | string[]];

const USE: Step[] = [
  [['TABLE.NAMESPACE.CREATE', 'userapp'], 'OK'],
  [['TABLE.SCHEMA.CREATE', USERS, ...COLUMNS], 'OK'],
  [insert(ALICE, 'Alice Johnson'), '"1"'],
  [insert(BOB, 'Bob Smith'), '"2"'],
  [insert(CHARLIE, 'Charlie Brown'), '"3"'],
  [select('username=alice'), ['alice']],
  [select('email=bob@example.com'), ['bob']],
  [select('status=active'), ['alice', 'bob']],
  [select('age<30'), ['alice', 'charlie']],
  [select('created_date>2024-02-01'), ['bob', 'charlie']],
  [select('country=USA OR country=UK'), ['alice', 'bob']],
  [select('age<25 OR age>30'), ['bob', 'charlie']],
  [select('status=active AND age>30'), ['bob']],
  [['TABLE.UPDATE', USERS, 'WHERE', 'user_id=1', 'SET', 'age=29'], '(integer) 1'],
  [alter('ADD COLUMN phone:string:none'), 'OK'],
  [['TABLE.UPDATE', USERS, 'WHERE', 'username=alice', 'SET', 'phone=555-0100'], '(integer) 1'],
  [select('age=29'), NOT_INDEXED],
  [alter('ADD INDEX age:hash'), 'OK'],
  [select('age=29'), ['alice']],
  [alter('DROP INDEX age'), 'OK'],
  [select('age=29'), NOT_INDEXED],
  [['TABLE.DELETE', USERS, 'WHERE', 'status=inactive'], '(integer) 1'],
  [['TABLE.NAMESPACE.VIEW'], '1) "userapp:users"'],
  [
    ['TABLE.SELECT', USERS],
    ['alice', 'bob'],
  ],
];

const LOSS: Step[] = [
  [['TABLE.NAMESPACE.DROP', 'userapp', 'FORCE'], 'OK'],
  [['TABLE.SELECT', USERS], NO_TABLE],
];

const RECOVERED: Step[] = [
  [['TABLE.NAMESPACE.VIEW'], '1) "userapp:users"'],
  [
    ['TABLE.SELECT', USERS],
    ['alice', 'bob'],
  ],
  [select('country=UK'), ['bob']],
  [select('age>=29 AND age<30'), ['alice']],
  [insert(CHARLIE, 'Charlie Brown'), '"4"'],
  [select('username=charlie'), ['charlie']],
  [['TABLE.SCHEMA.DROP', USERS, 'FORCE'], 'OK'],
  [['TABLE.NAMESPACE.DROP', 'userapp', 'FORCE'], 'OK'],
];

test('create, insert, query, update, alter, back up, and recover', {
  skip: CLI === undefined && 'needs redis-cli',
}, async (t) => {
  const mesh = await startMesh(t, 3, QUICK_LINKS);
  const [home] = mesh.nodes;
  assert.ok(home);
  const gateway = await startGateway(t, mesh.addresses, { WRITE_NODES: mesh.writable });
  const file = join(await temporaryFolder(t), 'tables.rdb');

  const walk = async (steps: readonly Step[]) => {
    for (const [statement, expected] of steps) {
      const { stdout } = await execa(CLI ?? '', ['--no-raw', '-p', String(gateway.port), ...statement]);
      // One line for each row.
      const lines = stdout.replaceAll(/\n {2,}\d+\) /g, ' ').split('\n');
      for (const line of [`> ${statement.join(' ')}`, ...lines]) t.diagnostic(line);
      assert.deepEqual(
        Array.isArray(expected) ? usersIn(stdout) : stdout.trim(),
        expected,
        statement.join(' '),
      );
    }
  };

  await walk(USE);
  const saved = await runTool('backup', ['--node', home.address, '--out', file]);
  assert.equal(saved.code, 0, saved.stderr);
  await walk(LOSS);
  const restored = await runTool('restore', [file, '--force'], { KEYDB_NODES: mesh.addresses });
  assert.equal(restored.code, 0, restored.stdout + restored.stderr);
  await walk(RECOVERED);
});

function usersIn(output: string): string[] {
  return [...output.matchAll(/"username"\n\s*\d+\) "(\w+)"/g)].map(([, name = '']) => name).sort();
}
