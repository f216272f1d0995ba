/** Limits of the gateway, and hostile input: it ends only the connection that it arrives on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { encode } from '../../toolkit/node/resp.ts';
import { freePorts } from '../../toolkit/ports.ts';
import type { Scope } from '../helpers/ending.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { scrape } from '../helpers/scrape.ts';
import { startGateway } from './gateway.ts';
import { RawClient } from './raw-client.ts';

const MAX_CONNECTIONS = 12;
const MAX_REQUEST = 100_000;
const mesh = await startMesh({ after }, 1);
const nodePort = mesh.nodes[0]?.options.port ?? 0;
const [metricsPort = 0] = await freePorts(1);
const { port, service } = await startGateway({ after }, mesh.addresses, {
  METRICS_PORT: `${metricsPort}`,
  TABLE_MAX_CONNECTIONS: `${MAX_CONNECTIONS}`,
  TABLE_MAX_REQUEST_BYTES: `${MAX_REQUEST}`,
  TABLE_MAX_PIPELINE: '100',
});

class Client {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  #received = '';

  constructor(t: Scope) {
    this.socket = connectSocket({ port, host: '127.0.0.1' });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
    });
    this.closed = once(this.socket, 'close').catch(() => {});
    t.after(() => this.socket.destroy());
  }

  get received(): string {
    return this.#received;
  }
}

async function rejected(limit: string): Promise<number> {
  return (await scrape(metricsPort)).value(`table_rejected_total{limit="${limit}"}`) ?? 0;
}

test('invalid RESP gets an error behind the earlier replies, and ends the connection', async (t) => {
  const other = await RawClient.open(t, port);
  const before = await rejected('protocol');
  const client = new Client(t);
  client.socket.write(
    `${encode([
      ['SET', 'k', '1'],
      ['INCR', 'k'],
    ])}*1\r\n:1\r\n${encode([['INCR', 'k']])}`,
  );
  await client.closed;
  assert.equal(client.received, "+OK\r\n:2\r\n-ERR Protocol error: expected '$', got ':'\r\n");
  assert.deepEqual(await other.run([['GET', 'k']]), ['$1\r\n2\r\n']);
  assert.equal(await rejected('protocol'), before + 1);
});

test('a request above TABLE_MAX_REQUEST_BYTES gets an error that names the setting', async (t) => {
  const other = await RawClient.open(t, port);
  const client = new Client(t);
  client.socket.write(
    `${encode([['SET', 'k', 'x'.repeat(MAX_REQUEST - 100)]])}*2\r\n$3\r\nGET\r\n$${MAX_REQUEST}\r\n`,
  );
  await client.closed;
  assert.equal(
    client.received,
    `+OK\r\n-ERR the request is larger than ${MAX_REQUEST} bytes: send several requests, or raise TABLE_MAX_REQUEST_BYTES\r\n`,
  );
  assert.equal(await rejected('request'), 1);
  assert.deepEqual(await other.run([['PING']]), ['+PONG\r\n']);
});

test('a further connection gets an error that names the setting, and the others work', async (t) => {
  const first = await RawClient.open(t, port);
  const clients = Array.from({ length: MAX_CONNECTIONS - 1 }, () => new Client(t));
  for (const { socket } of clients) socket.write('PING\r\n');
  for (const client of clients) await eventually(() => assert.equal(client.received, '+PONG\r\n'));
  const further = new Client(t);
  await further.closed;
  assert.equal(
    further.received,
    '-ERR max number of clients reached: raise TABLE_MAX_CONNECTIONS of the gateway\r\n',
  );
  assert.equal(await rejected('connections'), 1);
  assert.deepEqual(await first.run([['PING']]), ['+PONG\r\n']);
  clients[0]?.socket.destroy();
  await eventually(async () =>
    assert.deepEqual(await (await RawClient.open(t, port)).run([['PING']]), ['+PONG\r\n']),
  );
});

test('the gateway stops reading from a client above TABLE_MAX_PIPELINE until replies arrive', async (t) => {
  const node = await connect(t, nodePort);
  const client = new Client(t);
  const count = 20_000;
  client.socket.write(encode([['BLPOP', 'gate', '0'], ...Array(count).fill(['INCR', 'counted'])]), 'latin1');
  const blocked = async () => Number(/blocked_clients:(\d+)/.exec(await node.info('clients'))?.[1]);
  await eventually(async () => assert.equal(await blocked(), 1));
  await eventually(() => assert.ok(client.socket.writableLength > 0 || client.socket.bytesWritten > 0));
  await node.rpush('gate', 'open');
  await eventually(async () => assert.equal(await node.get('counted'), `${count}`));
  await eventually(() => assert.match(client.received, new RegExp(`:${count}\r\n$`)));
});

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((part) => Buffer.from(part).toString('latin1')),
  fc.constantFrom('*3\r\n', '$3\r\n', 'SET', '\r\n', '*1\r\n$4\r\nPING\r\n', '*1000000\r\n', '$99999\r\n'),
  fc.constantFrom(
    'TABLE.SELECT\r\n',
    '*2\r\n$12\r\nTABLE.INSERT\r\n',
    'TABLE.INSERT n.t a=',
    '"',
    'HELLO 3\r\n',
  ),
);

test('random bytes end at most the connection that they arrive on', async (t) => {
  const other = await RawClient.open(t, port);
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 20 }), async (parts) => {
      const ends: (() => void)[] = [];
      const client = new Client({ after: (end) => ends.push(end as () => void) });
      for (const part of parts) client.socket.write(part, 'latin1');
      client.socket.end();
      await client.closed;
      for (const end of ends) end();
      assert.deepEqual(await other.run([['PING']]), ['+PONG\r\n']);
    }),
    { numRuns: 200 },
  );
  await eventually(async () => assert.equal((await scrape(metricsPort)).value('table_connections'), 1));
  assert.equal(service.stderr, '');
});
