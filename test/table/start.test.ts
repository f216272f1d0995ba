/** The gateway as a process: help, wrong settings, metrics, TLS, and its end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { encode } from '../../toolkit/node/resp.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMesh } from '../helpers/nodes.ts';
import { assertLinted, needsPromtool, scrape } from '../helpers/scrape.ts';
import { RunningService } from '../helpers/service.ts';
import { makeCertificates, needsOpenssl, startTlsNode } from '../helpers/tls.ts';
import { startGateway } from './gateway.ts';
import { RawClient } from './raw-client.ts';

/** Starts the gateway with wrong settings. @returns its error. */
async function failing(t: TestContext, env: Record<string, string>): Promise<string> {
  const service = new RunningService(t, 'table', env);
  assert.equal(await service.exit(), 1, service.text);
  return service.stderr;
}

test('--help shows the settings of the gateway, and exits with 0', async (t) => {
  const service = new RunningService(t, 'table', {}, ['--help']);
  assert.equal(await service.exit(), 0);
  assert.match(service.text, /^Usage: npm run table -- /);
  assert.match(service.text, /\n {2}TABLE_SCAN_LIMIT\n .*\n {6}default: 100000 rows\n/);
  assert.doesNotMatch(service.text, /SHARED_KEY/);
});

test('wrong settings end the start, each with the expected value', async (t) => {
  for (const [env, problems] of [
    [
      { TABLE_SCAN_LIMIT: '999', TABLE_STRICT: 'yes', TABLE_PORT: 'x', TABLE_MAX_PIPELINE: '0' },
      [
        'TABLE_PORT: expected a port from 1 to 65535, or host:port such as 0.0.0.0:9464, got "x"',
        'TABLE_SCAN_LIMIT: expected a whole number from 1000 to 10000000, got "999"',
        'TABLE_STRICT: expected true or false, got "yes"',
        'TABLE_MAX_PIPELINE: expected a whole number from 1 to 1000000, got "0"',
      ],
    ],
    [
      { HOME_NODE: 'z:1', KEYDB_NODES: 'a:1,b:2', WRITE_NODES: 'b:2', TABLE_PORT: 'a:1', TABLE_TLS_KEY: 'k' },
      [
        'HOME_NODE: expected a node that accepts writes (b:2), got "z:1"',
        'TABLE_PORT: expected another address than KEYDB_NODES and METRICS_PORT, got "a:1"',
        'TABLE_TLS_KEY: expected it and TABLE_TLS_CERT, or neither',
      ],
    ],
    [{ TABLE_TLS_CA: 'ca' }, ['TABLE_TLS_CA: expected it only together with TABLE_TLS_CERT, which is empty']],
    [
      { TABLE_TLS_CERT: '/nowhere', TABLE_TLS_KEY: '/nowhere' },
      [
        'TABLE_TLS_CERT: expected a readable file, got "/nowhere" (ENOENT: no such file or directory, open \'/nowhere\')',
      ],
    ],
  ] as const) {
    const error = await failing(t, env as Record<string, string>);
    assert.equal(error, `wrong settings (from the environment or .env): ${problems.join(' ')}\n`);
  }
});

test('a port that another process uses ends the start', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  assert.match(
    await failing(t, { TABLE_PORT: `${port}` }),
    new RegExp(`TABLE_PORT: expected an address at which no other process listens, got "127.0.0.1:${port}"`),
  );
});

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal} lets the replies in flight arrive, and ends the gateway with 0`, async (t) => {
    const mesh = await startMesh(t, 1);
    const [metricsPort = 0] = await freePorts(1);
    const { port, service } = await startGateway(t, mesh.addresses, { METRICS_PORT: `${metricsPort}` });
    const starting = await service.events.first({ msg: 'Starting table' });
    assert.deepEqual(
      [starting.home, starting.nodes, starting.address],
      [mesh.addresses, [mesh.addresses], `127.0.0.1:${port}`],
    );
    const socket = connectSocket({ port, host: '127.0.0.1' });
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    const block = 'for _ = 1, 1e6 do end return 1';
    socket.write(encode([['PING']]));
    await eventually(() => assert.equal(received, '+PONG\r\n'));
    socket.write(
      encode([
        ['EVAL', block, '0'],
        ['TABLE.SCHEMA.VIEW', 'no.table'],
      ]),
    );
    const sent = 'table_requests_total{kind="table"}';
    await eventually(async () => assert.equal((await scrape(metricsPort)).value(sent), 1));
    const closed = once(socket, 'close');
    service.signal(signal);
    assert.equal(await service.exit(), 0, service.stderr);
    await closed;
    assert.equal(received, '+PONG\r\n:1\r\n-ERR table schema does not exist\r\n');
    const [stopped] = service.events.like({ event: 'stopped' });
    assert.deepEqual(stopped?.requests, { table: 1, answered: 0, passed: 2 });
  });

test('serves metrics of its connections, requests, limits, and its home node', async (t) => {
  const mesh = await startMesh(t, 1);
  const [metricsPort = 0] = await freePorts(1);
  const { port } = await startGateway(t, mesh.addresses, { METRICS_PORT: `${metricsPort}` });
  const client = await RawClient.open(t, port);
  const before = await scrape(metricsPort);
  await client.run([['TABLE.HELP'], ['MODULE', 'LIST'], ['GET', 'k']]);
  const metrics = await scrape(metricsPort);
  const more = (name: string) => (metrics.value(name) ?? 0) - (before.value(name) ?? 0);
  assert.equal(more('table_requests_total{kind="table"}'), 1);
  assert.equal(more('table_requests_total{kind="answered"}'), 1);
  // RawClient adds ECHO to each statement.
  assert.equal(more('table_requests_total{kind="passed"}'), 1 + 3);
  assert.equal(metrics.value('table_failovers_total'), 0);
  assert.deepEqual(metrics.by('table_home'), { [mesh.addresses]: 1 });
  assert.deepEqual(metrics.by('table_rejected_total'), {
    protocol: 0,
    request: 0,
    pipeline: 0,
    connections: 0,
    access: 0,
  });
  assert.equal((await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).status, 200);
  await mesh.nodes[0]?.kill();
  await eventually(async () => {
    const ready = await fetch(`http://127.0.0.1:${metricsPort}/readyz`);
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /^no node can be used as the home node: /);
  });
});

test('metrics follow the rules of Prometheus', { skip: needsPromtool }, async (t) => {
  const mesh = await startMesh(t, 1);
  const [metricsPort = 0] = await freePorts(1);
  await startGateway(t, mesh.addresses, { METRICS_PORT: `${metricsPort}` });
  await assertLinted(await scrape(metricsPort));
});

test('uses TLS towards the node and towards clients, which may need a certificate', {
  skip: needsOpenssl,
}, async (t) => {
  const [own, clients, node] = await makeCertificates(t, 'gateway', 'clients', 'node');
  assert.ok(own && clients && node);
  const nodePort = await startTlsNode(t, node);
  const [port = 0] = await freePorts(1);
  const service = new RunningService(t, 'table', {
    KEYDB_NODES: `127.0.0.1:${nodePort}`,
    KEYDB_TLS: 'true',
    KEYDB_TLS_CA: node.cert,
    TABLE_PORT: `${port}`,
    TABLE_TLS_CERT: own.cert,
    TABLE_TLS_KEY: own.key,
    TABLE_TLS_CA: clients.cert,
  });
  await service.events.first({ event: 'home' });
  const trusted = { port, host: '127.0.0.1', ca: await readFile(own.cert) };
  const socket = connectTls({
    ...trusted,
    cert: await readFile(clients.cert),
    key: await readFile(clients.key),
  });
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(encode([['TABLE.SCHEMA.VIEW', 'no.table'], ['ECHO', 'x'.repeat(100_000)], ['PING']]));
  const expected = `-ERR table schema does not exist\r\n$100000\r\n${'x'.repeat(100_000)}\r\n+PONG\r\n`;
  await eventually(() => assert.ok(received === expected, `${received.length}`));
  socket.write('*1\r\n:1\r\n');
  await once(socket, 'end');
  assert.equal(received, `${expected}-ERR Protocol error: expected '$', got ':'\r\n`);

  for (const options of [trusted, { port, host: '127.0.0.1' }]) {
    const stranger = connectTls(options);
    t.after(() => stranger.destroy());
    const [error] = await once(stranger, 'error');
    assert.match(String(error), /certificate/);
  }
  const plain = connectSocket({ port, host: '127.0.0.1' });
  t.after(() => plain.destroy());
  plain.on('error', () => {});
  plain.write('PING\r\n');
  await once(plain, 'close');
  const again = connectTls({
    ...trusted,
    cert: await readFile(clients.cert),
    key: await readFile(clients.key),
  });
  t.after(() => again.destroy());
  again.write('PING\r\n');
  assert.equal(String((await once(again, 'data'))[0]), '+PONG\r\n');
});
