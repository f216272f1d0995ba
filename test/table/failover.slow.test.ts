/** Tests that a gateway that loses its home node during inserts keeps every row that had reached another node. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { cut, flowing, join, snapshot } from '../../lab/faults/experiments/links.ts';
import type { NodeProcess } from '../../operate/local/node-process.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { eventually } from '../helpers/eventually.ts';
import { needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { insertDuring, ROWS, type Row, type Until } from './insert-rows.ts';
import { RawClient, type Statement } from './raw-client.ts';
import { problemsOn } from './table-keys.ts';

const TABLE: Statement[] = [
  ['TABLE.NAMESPACE.CREATE', 'n'],
  ['TABLE.SCHEMA.CREATE', 'n.t', 'client:integer:hash', 'number:integer:hash', 'group:string:hash'],
  ['TABLE.SCHEMA.CREATE', 'n.altered', 'number:integer:hash'],
  ['TABLE.INSERT', 'n.altered', 'number=1'],
];
const DELETED = 10;
/** Changes of rows that were inserted at the start. */
const CHANGES: Statement[] = [
  ['TABLE.UPDATE', 'n.t', 'WHERE', 'number<20', 'SET', 'group=other'],
  ['TABLE.DELETE', 'n.t', 'WHERE', `number<${DELETED}`],
  ['TABLE.SCHEMA.ALTER', 'n.altered', 'DROP', 'INDEX', 'number'],
  ['TABLE.INSERT', 'n.altered', 'number=1'],
];
/** Statements on the table without its index, and their replies. */
const ALTERED: [Statement, string][] = [
  [
    ['TABLE.SELECT', 'n.altered', 'WHERE', 'number=1'],
    '-ERR search cannot be done on non-indexed column\r\n',
  ],
  [
    ['TABLE.SELECT', 'n.altered', 'WHERE', 'number>0'],
    `*2\r\n${'*2\r\n$6\r\nnumber\r\n$1\r\n1\r\n'.repeat(2)}`,
  ],
];
/** Keys of `flowing`. */
const PROBES = ['probe:'];

/** How the home node is lost, and how it returns. */
interface Fault {
  inject(home: NodeProcess, survivors: readonly NodeProcess[], until: Until): Promise<void>;
  heal(home: NodeProcess, survivors: readonly NodeProcess[]): Promise<void>;
}

const FAULTS: Record<string, Fault> = {
  'a killed home node': {
    inject: async (home) => {
      await snapshot(home);
      await home.kill();
    },
    heal: (home) => home.start(),
  },
  'a home node that hangs': {
    inject: async (home) => home.signal('SIGSTOP'),
    heal: async (home) => home.signal('SIGCONT'),
  },
  'a home node that is killed when its links are down': {
    inject: async (home, survivors, until) => {
      for (const node of survivors) await cut(home, node);
      await until(ROWS);
      await snapshot(home);
      await home.kill();
    },
    heal: async (home, survivors) => {
      await home.start();
      for (const node of survivors) await join(home, node);
    },
  },
};

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`${name} loses only rows that had reached no other node`, { skip: needsMultiMaster }, async (t) => {
    const mesh = await startMesh(t, 3);
    const [home, ...survivors] = mesh.nodes;
    assert.ok(home);
    const env = { HOME_NODE: home.address, NODE_TIMEOUT_MS: '1000' };
    const gateway = await startGateway(t, mesh.addresses, env);
    const client = () => RawClient.open(t, gateway.port);
    await (await client()).run(TABLE);
    const rows = await insertDuring(t, gateway, (until) => fault.inject(home, survivors, until));
    assertIds(rows);
    await reportLost(t, survivors, rows);

    // The lost node may have these rows in its snapshot.
    await (await client()).run(CHANGES);
    const kept = rows.filter(({ number }) => number >= DELETED);
    await assertStored(
      t,
      survivors,
      kept.filter(({ lost }) => lost > 0),
    );
    for (const node of survivors)
      await eventually(async () => assert.deepEqual(await problemsOn(node.options.port, 0, PROBES), []));

    await fault.heal(home, survivors);
    await mesh.complete();
    await flowing(mesh);
    await assertStored(
      t,
      mesh.nodes,
      kept.filter(({ lost }) => lost > 0),
    );
    await assertIndexesAgree(gateway);
    assert.deepEqual(
      await (await client()).run(ALTERED.map(([statement]) => statement)),
      ALTERED.map(([, reply]) => reply),
    );
    await reportLost(t, survivors, kept);
    const left = await problemsOn(survivors[0]?.options.port ?? 0, 0, PROBES);
    t.diagnostic(`after its return, ${left.length} keys belong to no row`);
  });
}

/** Asserts that no id was issued twice, and that the new home node continues above those of the lost node. */
function assertIds(rows: readonly Row[]): void {
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, 'an id was issued twice');
  const ids = (lost: boolean) => rows.filter((row) => row.lost > 0 === lost).map(({ id }) => id);
  const highest = ids(false).reduce((high, id) => (id > high ? id : high), 0n);
  assert.ok(
    ids(true).every((id) => id > highest),
    'an id is lower than one of the lost node',
  );
}

/** Waits until all nodes have these rows. */
async function assertStored(t: TestContext, nodes: readonly NodeProcess[], rows: readonly Row[]) {
  for (const node of nodes)
    await eventually(async () => assert.deepEqual(missing(rows, await storedOn(t, node)), [], node.address));
}

/** Prints how many rows of the lost node the new home node does not have. */
async function reportLost(t: TestContext, [home]: readonly NodeProcess[], rows: readonly Row[]) {
  const before = rows.filter(({ lost }) => lost === 0);
  assert.ok(home && before.length > 0);
  const lost = missing(before, await storedOn(t, home));
  t.diagnostic(`${lost.length} of ${before.length} rows of the lost node are missing`);
}

/**
 * Asserts that each indexed lookup finds exactly the rows that have the value. A node that returns can bring back keys of
 * rows that were deleted or not replicated; no statement may find these.
 */
async function assertIndexesAgree({ port }: Gateway): Promise<void> {
  const connection = await Connection.open({ host: '127.0.0.1', port, name: 'gateway' });
  const select = async (...conditions: string[]) =>
    ((await connection.call(['TABLE.SELECT', 'n.t', ...conditions])) as Buffer[][]).map((row) =>
      row.map(String),
    );
  const all = await select();
  assert.deepEqual(await select('WHERE', 'number>=0'), all);
  for (const column of ['client', 'number', 'group']) {
    const valueIn = (row: string[]) => row[row.indexOf(column) + 1];
    for (const value of new Set(all.map(valueIn)))
      assert.deepEqual(
        await select('WHERE', `${column}=${value}`),
        all.filter((row) => valueIn(row) === value),
      );
  }
  connection.close();
}

/** Returns the rows of a node by id, as `client number`. */
async function storedOn(t: TestContext, node: NodeProcess): Promise<Map<bigint, string>> {
  const client = await RawClient.open(t, node.options.port);
  const [ids = ''] = await client.run([['SMEMBERS', '{n.t}:rows']]);
  const all = [...ids.matchAll(/\r\n(\d+)(?=\r\n)/g)].flatMap(([, id]) => (id === undefined ? [] : [id]));
  const values = await client.run(all.map((id) => ['HMGET', `{n.t}:${id}`, 'client', 'number']));
  return new Map(
    values.map((value, i): [bigint, string] => [
      BigInt(all[i] ?? 0),
      [...value.matchAll(/\$\d+\r\n(\d+)\r\n/g)].map(([, text]) => text).join(' '),
    ]),
  );
}

/** Returns the rows that are not stored under their id with their values. */
function missing(rows: readonly Row[], stored: ReadonlyMap<bigint, string>): Row[] {
  return rows.filter(({ id, client, number }) => stored.get(id) !== `${client} ${number}`);
}
