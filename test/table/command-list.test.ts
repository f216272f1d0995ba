/** COMMAND and MODULE LIST show the TABLE commands in addition to what the node shows. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { commands } from '../../table/commands.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { type Command, type Reply, ReplyError } from '../../toolkit/node/resp.ts';
import { startMesh } from '../helpers/nodes.ts';
import { startGateway } from './gateway.ts';

const mesh = await startMesh({ after }, 1);
const nodePort = mesh.nodes[0]?.options.port ?? 0;
const { port } = await startGateway({ after }, mesh.addresses);
const NAMES = commands.map(({ name }) => name);

type Call = (...command: string[]) => Promise<unknown>;

/** Returns a function that calls a command. @param protocol version of RESP. */
async function open(to: number, protocol: 2 | 3): Promise<Call> {
  const options = protocol === 3 ? { onPush: () => {} } : {};
  const connection = await Connection.open({ host: '127.0.0.1', port: to, name: `:${to}` }, options);
  after(() => connection.close());
  return async (...command) => {
    const [reply = null] = await connection.batch([command satisfies Command]);
    return shown(reply);
  };
}

function shown(reply: Reply): unknown {
  if (reply instanceof ReplyError) return `-${reply.message}`;
  if (Array.isArray(reply)) return reply.map(shown);
  return Buffer.isBuffer(reply) ? reply.toString() : reply;
}

/** Sorts everything, because sets and maps have no order. */
function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

for (const protocol of [2, 3] as const) {
  const through = await open(port, protocol);
  const direct = await open(nodePort, protocol);

  test(`COMMAND shows all commands of the node and the TABLE commands, RESP${protocol}`, async () => {
    const own = (await direct('COMMAND')) as unknown[][];
    const all = (await through('COMMAND')) as unknown[][];
    const isTable = ([name]: unknown[]) => NAMES.includes(String(name));
    const others = all.filter((row) => !isTable(row));
    assert.deepEqual(sorted(others), sorted(own));
    const rows = all.filter(isTable);
    const fields = own[0]?.length ?? 0;
    assert.deepEqual(
      rows.map((row) => sorted(row.slice(0, 6))),
      commands.map(({ name, flags, firstKey, lastKey, step }) =>
        sorted([name, -1, [...flags], firstKey, lastKey, step]),
      ),
    );
    for (const row of rows) {
      assert.equal(row.length, fields);
      assert.ok(row.slice(6).every((field) => Array.isArray(field) && field.length === 0));
    }
    // Before Redis 7, COMMAND INFO without a name returns nothing.
    const hasAll = ((await direct('COMMAND', 'INFO')) as unknown[]).length > 0;
    assert.deepEqual(sorted(await through('COMMAND', 'INFO')), hasAll ? sorted(all) : []);
    assert.equal(await through('COMMAND', 'COUNT'), Number(await direct('COMMAND', 'COUNT')) + NAMES.length);
  });

  test(`COMMAND INFO shows the commands that are asked for, in order, RESP${protocol}`, async () => {
    const [get] = (await direct('COMMAND', 'INFO', 'get')) as unknown[];
    const reply = (await through('command', 'info', 'table.select', 'nothing', 'get')) as unknown[][];
    assert.equal(reply.length, 3);
    assert.deepEqual(reply[0]?.slice(0, 2), ['TABLE.SELECT', -1]);
    assert.deepEqual(sorted(reply[0]?.[2]), ['module', 'readonly']);
    assert.equal(reply[1], null);
    assert.deepEqual(sorted(reply[2]), sorted(get));
  });

  test(`MODULE LIST has the entry of the module, RESP${protocol}`, async () => {
    const own = (await direct('MODULE', 'LIST')) as unknown[][];
    const all = (await through('module', 'list')) as unknown[][];
    assert.deepEqual(all.slice(0, -1), own);
    const entry = all.at(-1) ?? [];
    const value = (field: string) => entry[entry.indexOf(field) + 1];
    assert.deepEqual([value('name'), value('ver')], ['table', 1]);
    // With RESP3, an entry is a map, which has no order.
    if (protocol === 2) assert.deepEqual(entry.slice(0, 4), ['name', 'table', 'ver', 1]);
    assert.deepEqual(await through('MODULE', 'UNKNOWN'), await direct('MODULE', 'UNKNOWN'));
  });
}

test('COMMAND GETKEYS returns the table or the namespace', async () => {
  const call = await open(port, 2);
  const direct = await open(nodePort, 2);
  for (const [request, keys] of [
    ['TABLE.SELECT n.t WHERE a=1', ['n.t']],
    ['table.namespace.create n', ['n']],
    ['TABLE.EXPLAIN SELECT n.t WHERE a=1', ['n.t']],
    ['TABLE.HELP', '-ERR The command has no key arguments'],
    ['TABLE.SELECT', '-ERR Invalid number of arguments specified for command'],
  ] as const)
    assert.deepEqual(await call('COMMAND', 'GETKEYS', ...request.split(' ')), keys, request);
  for (const request of [
    ['GETKEYS', 'MSET', 'a', '1', 'b', '2'],
    ['GETKEYS'],
    ['GETKEYS', 'PING'],
    ['UNKNOWN'],
  ])
    assert.deepEqual(
      await call('COMMAND', ...request),
      await direct('COMMAND', ...request),
      request.join(' '),
    );
});

test('COMMAND LIST shows the TABLE commands that the filter selects', async (t) => {
  const call = await open(port, 2);
  const direct = await open(nodePort, 2);
  const own = await direct('COMMAND', 'LIST');
  if (!Array.isArray(own)) {
    t.diagnostic('this server has no COMMAND LIST');
    assert.equal(await call('COMMAND', 'LIST'), own);
    return;
  }
  assert.deepEqual(sorted(await call('COMMAND', 'LIST')), sorted([...own, ...NAMES]));
  const filtered = (...filter: string[]) => call('COMMAND', 'LIST', 'FILTERBY', ...filter);
  assert.deepEqual(await filtered('MODULE', 'table'), NAMES);
  assert.deepEqual(await filtered('MODULE', 'other'), []);
  assert.deepEqual(await filtered('PATTERN', 'table.s?lect*'), ['TABLE.SELECT']);
  assert.deepEqual(await filtered('PATTERN', 'tableXselect'), []);
  assert.deepEqual(
    await filtered('ACLCAT', 'hash'),
    await direct('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'hash'),
  );
});
