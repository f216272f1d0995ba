/** The home node of the gateway: which node it is, how its loss is noticed, and what clients see. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { NodeProcess } from '../../operate/local/node-process.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { scrape } from '../helpers/scrape.ts';
import { RunningService } from '../helpers/service.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { RawClient, type Statement } from './raw-client.ts';
import { loadScripts, run as runScript } from './statements.ts';

const CREATE: Statement[] = [
  ['TABLE.NAMESPACE.CREATE', 'n'],
  ['TABLE.SCHEMA.CREATE', 'n.t', 'a:integer'],
];
const INSERT: Statement[] = [['TABLE.INSERT', 'n.t', 'a=1']];
const PING: Statement[] = [['PING']];
/** Two of the databases of each node have the table. */
const DATABASES = [0, 7];

/** Starts nodes without links between them, so that every engine can have several that accept writes. */
async function startNodes(t: TestContext, count: number): Promise<[NodeProcess, ...NodeProcess[]]> {
  const meshes = await Promise.all(Array.from({ length: count }, () => startMesh(t, 1)));
  return meshes.flatMap(({ nodes }) => nodes) as [NodeProcess, ...NodeProcess[]];
}

/** Creates the table on a node, without the gateway. */
async function createTables({ host, address: name, options: { port } }: NodeProcess): Promise<void> {
  const node = await Connection.open({ host, port, name });
  await loadScripts(node);
  for (const db of DATABASES) {
    await node.call(['SELECT', `${db}`]);
    for (const statement of CREATE) assert.equal(await runScript(node, statement), '+OK');
  }
  node.close();
}

const addressesOf = (nodes: readonly NodeProcess[]) => nodes.map(({ address }) => address).join(',');

/** Runs statements on a new connection. */
async function run(t: TestContext, { port }: Gateway, statements: readonly Statement[], db = 0) {
  return (await RawClient.open(t, port, 2, db)).run(statements);
}

/** Returns the home nodes so far. */
function homesOf({ service }: Gateway): unknown[] {
  return service.events.like({ event: 'home' }).map(({ node }) => node);
}

const FAULTS: Record<string, (node: NodeProcess) => unknown> = {
  killed: (node) => node.kill(),
  hung: (node) => node.signal('SIGSTOP'),
};

for (const [name, inject] of Object.entries(FAULTS))
  test(`if the home node is ${name}, its clients are disconnected, and the next node takes over`, async (t) => {
    const nodes = await startNodes(t, 2);
    const [first, second] = nodes as [NodeProcess, NodeProcess];
    await Promise.all(nodes.map(createTables));
    const [metricsPort = 0] = await freePorts(1);
    const gateway = await startGateway(t, addressesOf(nodes), {
      METRICS_PORT: `${metricsPort}`,
      NODE_TIMEOUT_MS: '1000',
    });
    const client = await RawClient.open(t, gateway.port);
    assert.deepEqual(await client.run(INSERT), ['$1\r\n1\r\n']);
    await inject(first);
    await assert.rejects(async () => {
      for (;;) await client.run(PING);
    }, /the server closed the connection/);
    await eventually(async () => assert.deepEqual(await run(t, gateway, INSERT), ['$5\r\n10001\r\n']));
    assert.deepEqual(await run(t, gateway, INSERT, 7), ['$5\r\n10001\r\n']);
    assert.deepEqual(homesOf(gateway), [first.address, second.address]);
    const metrics = await scrape(metricsPort);
    assert.deepEqual(metrics.by('table_home'), { [first.address]: 0, [second.address]: 1 });
    assert.equal(metrics.value('table_failovers_total'), 1);
  });

test('the gateway does not return to its first home node, and goes on in a circle', async (t) => {
  const nodes = await startNodes(t, 2);
  const [first, second] = nodes as [NodeProcess, NodeProcess];
  const gateway = await startGateway(t, addressesOf(nodes), { HOME_NODE: second.address });
  assert.deepEqual(homesOf(gateway), [second.address]);
  await second.kill();
  await eventually(() => assert.deepEqual(homesOf(gateway), [second.address, first.address]));
  await second.start();
  assert.deepEqual(await run(t, gateway, PING), ['+PONG\r\n']);
  await first.kill();
  await eventually(() => assert.deepEqual(homesOf(gateway), [second.address, first.address, second.address]));
  await eventually(async () => assert.deepEqual(await run(t, gateway, PING), ['+PONG\r\n']));
});

test('a start without a failover leaves no ids out, and heals a counter that is too low', async (t) => {
  const [node] = await startNodes(t, 1);
  await createTables(node);
  const before = await startGateway(t, node.address);
  assert.deepEqual(await run(t, before, [...INSERT, ...INSERT]), ['$1\r\n1\r\n', '$1\r\n2\r\n']);
  await before.service.stop();
  const direct = await connect(t, node.options.port);
  await direct.set('{n.t}:id', '1');
  const gateway = await startGateway(t, node.address);
  assert.equal(await direct.get('{n.t}:id'), '2');
  assert.deepEqual(await run(t, gateway, INSERT), ['$1\r\n3\r\n']);
});

test('without any node, a client gets an error that names the nodes; a client that waits gets the next node', async (t) => {
  const [node] = await startNodes(t, 1);
  const port = node.options.port;
  await node.kill();
  const [gatewayPort = 0] = await freePorts(1);
  const start = (NODE_TIMEOUT_MS: string) =>
    new RunningService(t, 'table', {
      KEYDB_NODES: node.address,
      TABLE_PORT: `${gatewayPort}`,
      NODE_TIMEOUT_MS,
    });
  const service = start('100');
  await service.events.first({ event: 'home-unfit' });
  assert.equal(
    await firstReply(t, gatewayPort),
    `-ERR no node can be used as the home node: node 127.0.0.1:${port} refuses connections: check that it is running and that this is its port\r\n`,
  );
  await service.stop();
  const patient = start('60000');
  await patient.events.first({ event: 'home-unfit' });
  const reply = firstReply(t, gatewayPort);
  await node.start();
  assert.equal(await reply, '+PONG\r\n');
});

/** Sends PING on a new connection. @returns the first data from the gateway. */
async function firstReply(t: TestContext, port: number): Promise<string> {
  const socket = connectSocket({ port, host: '127.0.0.1' });
  t.after(() => socket.destroy());
  socket.write('PING\r\n');
  const [reply] = await once(socket, 'data');
  return String(reply);
}

test('scripts that are flushed are loaded again', async (t) => {
  const [node] = await startNodes(t, 1);
  const gateway = await startGateway(t, node.address);
  const client = await RawClient.open(t, gateway.port);
  assert.deepEqual(await client.run([['SCRIPT', 'FLUSH']]), ['+OK\r\n']);
  await eventually(async () => assert.deepEqual(await client.run([CREATE[0] as Statement]), ['+OK\r\n']));
});

test('CLIENT KILL of the connection that checks the home node changes nothing', async (t) => {
  const nodes = await startNodes(t, 2);
  const gateway = await startGateway(t, addressesOf(nodes));
  const client = await RawClient.open(t, gateway.port);
  const direct = await connect(t, nodes[0].options.port);
  const control = async () =>
    /^id=(\d+) .*name=table-control /m.exec(String(await direct.client('LIST')))?.[1];
  const before = await control();
  assert.ok(before);
  assert.equal(await direct.client('KILL', 'ID', before), 1);
  await eventually(async () => {
    const now = await control();
    assert.ok(now !== undefined && now !== before);
  });
  assert.deepEqual(await client.run(PING), ['+PONG\r\n']);
  assert.deepEqual(homesOf(gateway), [nodes[0].address]);
});

test('a read-only replica is no home node', async (t) => {
  const { nodes } = await startMesh(t, 2, {}, 'star');
  const [primary, replica] = nodes as [NodeProcess, NodeProcess];
  const gateway = await startGateway(t, `${replica.address},${primary.address}`);
  assert.deepEqual(homesOf(gateway), [primary.address]);
  const { reason } = await gateway.service.events.first({ event: 'home-unfit' });
  assert.match(String(reason), /is a read-only replica: name the nodes that accept writes in WRITE_NODES/);
  assert.deepEqual(await run(t, gateway, CREATE), ['+OK\r\n', '+OK\r\n']);
});

test('a script that blocks the home node longer than NODE_TIMEOUT_MS does not make it lost', async (t) => {
  const nodes = await startNodes(t, 2);
  const env = { NODE_TIMEOUT_MS: '200', TABLE_SCAN_LIMIT: '1000000' };
  const gateway = await startGateway(t, addressesOf(nodes), env);
  assert.deepEqual(await run(t, gateway, [['EVAL', 'for _ = 1, 1e8 do end return 1', '0']]), [':1\r\n']);
  assert.deepEqual(homesOf(gateway), [nodes[0].address]);
});
