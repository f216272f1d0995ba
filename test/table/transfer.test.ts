/** Tests export and import as programs, with a gateway and a real node. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Connection } from '../../toolkit/node/connection.ts';
import type { Reply } from '../../toolkit/node/resp.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { runEntry, startEntry } from '../helpers/entry.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { temporaryFolder } from '../security/secure-mesh.ts';

/** More than two batches. */
const ROWS = 1_234;
const COLUMNS = 'name:string age:integer:hash weight:float born:date';
/** Values that a format could change: quotes, line ends, bytes that are no UTF-8, spaces, numbers as typed. */
const NAMES = ['Ann', 'O\'Brien, "Bob"', 'a\r\nb\n', '\xff\x00\xfe', ' x ', '-- ; \\', 'größe'].map((name) =>
  Buffer.from(name, name.includes('\xff') ? 'latin1' : 'utf8'),
);

const fieldsOf = (i: number): Buffer[] => [
  Buffer.concat([Buffer.from('name='), NAMES[i % NAMES.length] ?? Buffer.alloc(0)]),
  ...(i % 3 === 0 ? [] : [Buffer.from(`age=00${i}`)]),
  ...(i % 2 === 0 ? [Buffer.from(`weight=-${i}.5`), Buffer.from('born=2024-02-29')] : []),
];

async function startGateway(t: TestContext): Promise<{ port: number; client: Connection }> {
  const mesh = await startMesh(t, 1);
  const [port = 0] = await freePorts(1);
  const service = new RunningService(t, 'table', { KEYDB_NODES: mesh.addresses, TABLE_PORT: String(port) });
  await service.events.first({ event: 'home' });
  const client = await Connection.open({ host: '127.0.0.1', port, name: 'gateway' });
  t.after(() => client.close());
  return { port, client };
}

/** Returns all rows in the order of their insertion. */
async function rowsOf(client: Connection, table: string, count: number): Promise<string[]> {
  const replies = await client.batch(
    Array.from({ length: count }, (_, i) => ['HGETALL', `{${table}}:${i + 1}`]),
  );
  return replies.map((reply) =>
    (reply as Reply[]).map((part) => (part as Buffer).toString('latin1')).join('|'),
  );
}

test('export and import', async (t) => {
  const { port, client } = await startGateway(t);
  const folder = await temporaryFolder(t);
  const table = (...args: string[]) => runEntry('table/main', args, { TABLE_PORT: String(port) });
  const call = (line: string) => client.call(line.split(' '));
  await call('TABLE.NAMESPACE.CREATE shop');
  for (const name of ['users', 'csv', 'sql', 'other'])
    await call(`TABLE.SCHEMA.CREATE shop.${name} ${COLUMNS}`);
  await client.batch(Array.from({ length: ROWS }, (_, i) => ['TABLE.INSERT', 'shop.users', ...fieldsOf(i)]));
  const expected = await rowsOf(client, 'shop.users', ROWS);

  for (const format of ['csv', 'sql']) {
    await t.test(`${format}: the imported table has the same rows in the same order`, async () => {
      const file = join(folder, `users.${format}`);
      const exported = await table('export', 'shop.users', '--out', file);
      assert.deepEqual([exported.code, exported.stdout], [0, ''], exported.stderr);
      assert.match(exported.stderr, /Exported 1,234 rows of shop\.users to .*users\.(csv|sql)$/);
      const imported = await table('import', file, '--table', `shop.${format}`);
      assert.equal(imported.code, 0, imported.stderr);
      assert.match(imported.stderr, /Imported 1,234 rows of/);
      assert.deepEqual(await rowsOf(client, `shop.${format}`, ROWS), expected);
    });
  }

  await t.test('without --out, the rows go to stdout', async () => {
    const exported = await table('export', 'shop.other', '--format', 'sql');
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(
      exported.stdout,
      /^-- TABLE\.SCHEMA\.CREATE shop\.other name:string age:integer:hash weight:float born:date\n/,
    );
    assert.doesNotMatch(exported.stdout, /INSERT/);
  });

  await t.test('SQL names the table itself', async () => {
    const file = join(folder, 'other.sql');
    await writeFile(
      file,
      "INSERT INTO \"shop.other\" (name) VALUES ('a'); INSERT INTO shop.other VALUES ('b', 1, 2, NULL);",
    );
    const imported = await table('import', file);
    assert.equal(imported.code, 0, imported.stderr);
    assert.deepEqual(await rowsOf(client, 'shop.other', 2), ['name|a', 'name|b|age|1|weight|2']);
    await call('TABLE.DELETE shop.other');
  });

  await t.test('a file with errors changes nothing, and each error names line and column', async () => {
    const file = join(folder, 'wrong.csv');
    const lines = ['name,age,weight,born', 'a,1,2.5,2024-01-01', 'b,1.5,1e3,x', ',,,', 'c,7,.,2024-13-99'];
    await writeFile(file, lines.join('\n'));
    const imported = await table('import', file, '--table', 'shop.other');
    assert.equal(imported.code, 2);
    for (const problem of [
      'wrong.csv: line 3, column age: expected an integer, got "1.5"',
      'line 3, column weight: expected a number without exponent, got "1e3"',
      'line 3, column born: expected a date as YYYY-MM-DD, got "x"',
      'line 4: expected at least one value',
      'Nothing was imported',
    ])
      assert.ok(imported.stderr.includes(problem), imported.stderr);
    assert.ok(!imported.stderr.includes('line 5'), imported.stderr);
    assert.deepEqual(await call('TABLE.SELECT shop.other'), []);
  });

  await t.test('names an unknown column, table, file, and gateway', async () => {
    const file = join(folder, 'unknown.csv');
    await writeFile(file, 'name,size\na,1\n');
    const cases: [string[], RegExp][] = [
      [['import', file, '--table', 'shop.other'], /line 2, column size: not a column of shop\.other/],
      [['import', file], /--table: expected the table for the rows of/],
      [['import', file, '--table', 'shop.none'], /table schema does not exist/],
      [['import', `${file}.none`, '--table', 'shop.other'], /unknown\.csv\.none: ENOENT/],
      [['import'], /missing required argument 'file'/],
      [['export', 'shop.none'], /table schema does not exist/],
      [['export', 'shop.users', '--out', file], /unknown\.csv already exists/],
      [['export', 'shop.users', '--format', 'xml'], /Allowed choices are csv, sql/],
      [['export', 'shop.users', '--gateway', '127.0.0.1:1'], /127\.0\.0\.1:1 refuses connections/],
    ];
    const runs = await Promise.all(cases.map(([args]) => table(...args)));
    for (const [i, { code, stderr }] of runs.entries()) {
      assert.equal(code, 2, cases[i]?.[0].join(' '));
      assert.match(stderr, cases[i]?.[1] ?? /-/);
    }
  });

  await t.test('a failed export leaves no file', async () => {
    await client.call(['HSET', '{shop.users}:5', 'lost', 'x']);
    const run = await table('export', 'shop.users', '--out', join(folder, 'failed.csv'));
    assert.equal(run.code, 2);
    assert.match(run.stderr, /the row with the id 5 has the column "lost", which the schema lacks/);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('failed')),
      [],
    );
    await client.call(['HDEL', '{shop.users}:5', 'lost']);
  });

  await t.test('reports how many rows were imported before the node rejects one', async () => {
    const file = join(folder, 'users.csv');
    assert.equal((await readFile(file, 'latin1')).startsWith('name,age,weight,born\n'), true);
    await client.call(['CONFIG', 'SET', 'maxmemory', '1']);
    const run = await table('import', file, '--table', 'shop.other');
    await client.call(['CONFIG', 'SET', 'maxmemory', '0']);
    assert.equal(run.code, 2);
    assert.match(run.stderr, /line 2 was rejected: .*OOM.* 0 rows were imported/);
  });

  await t.test('Ctrl-C ends an import, which prints how much it has imported', async () => {
    const file = join(folder, 'large.csv');
    await writeFile(file, `name\n${'text\n'.repeat(300_000)}`);
    const clients = async () =>
      String(await call('CLIENT LIST'))
        .trim()
        .split('\n').length;
    const before = await clients();
    const running = startEntry('table/main', ['import', file, '--table', 'shop.other'], {
      TABLE_PORT: String(port),
    });
    await eventually(async () => assert.ok((await clients()) > before));
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /^interrupted(: [\d,]+ rows were imported, and perhaps some of the next \d+)?$/);
  });

  await t.test('--help shows options and exit codes', async () => {
    for (const tool of ['export', 'import']) {
      const { code, stdout } = await table(tool, '--help');
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`Usage: npm run table -- ${tool} \\[options\\]`));
      assert.match(stdout, /Exit code: 0/);
    }
  });
});
