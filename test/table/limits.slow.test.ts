/** Limits of the gateway that take long to reach: clients that never read, and memory for incomplete requests. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { encode } from '../../toolkit/node/resp.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { scrape } from '../helpers/scrape.ts';
import { startGateway } from './gateway.ts';
import { RawClient } from './raw-client.ts';

const MEGABYTE = 2 ** 20;
/** A gateway uses about 70 MB, and this test about 64 MiB for incomplete requests, in memory that doubles. */
const MAX_MEMORY = 300 * MEGABYTE;

function open(t: TestContext, port: number): Socket {
  const socket = connectSocket({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  return socket;
}

test('a client that sends requests but never reads is disconnected, and the others work', async (t) => {
  const mesh = await startMesh(t, 1);
  const [metricsPort = 0] = await freePorts(1);
  const { port, service } = await startGateway(t, mesh.addresses, {
    METRICS_PORT: `${metricsPort}`,
    TABLE_MAX_PIPELINE: '100',
  });
  await (await connect(t, mesh.nodes[0]?.options.port ?? 0)).set('megabyte', 'x'.repeat(MEGABYTE));
  const greedy = open(t, port);
  greedy.pause();
  const closed = new Promise((resolve) => greedy.once('close', resolve));
  const request = encode([['GET', 'megabyte']]);
  await eventually(async () => {
    greedy.write(request.repeat(10));
    assert.equal((await scrape(metricsPort)).value('table_rejected_total{limit="pipeline"}'), 1);
  });
  const { msg } = await service.events.first({ event: 'rejected', limit: 'pipeline' });
  assert.match(String(msg), /sent more than 100 requests \(TABLE_MAX_PIPELINE\), and for 10000 ms no reply/);
  greedy.resume();
  await closed;
  assert.deepEqual(await (await RawClient.open(t, port)).run([['PING']]), ['+PONG\r\n']);
  const memory = await service.peakMemory();
  assert.ok(memory < MAX_MEMORY, `${memory} bytes`);
});

test('of many large incomplete requests, the largest are rejected, and the other clients go on', async (t) => {
  const mesh = await startMesh(t, 1);
  const [metricsPort = 0] = await freePorts(1);
  const { port, service } = await startGateway(t, mesh.addresses, { METRICS_PORT: `${metricsPort}` });
  const patient = open(t, port);
  const [start, end] = ['*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nva', 'lue\r\n'];
  patient.write(start);
  const size = 15 * MEGABYTE;
  const hostile = Array.from({ length: 12 }, () => open(t, port));
  for (const socket of hostile) {
    socket.resume();
    socket.write(`*2\r\n$3\r\nGET\r\n$${size}\r\n`);
    socket.write(Buffer.alloc(size - MEGABYTE, 'x'));
  }
  const rejected = async () =>
    (await scrape(metricsPort)).value('table_rejected_total{limit="request"}') ?? 0;
  // 64 MiB are the space for at most four of them.
  await eventually(async () => assert.ok((await rejected()) >= hostile.length - 4, `${await rejected()}`));
  patient.write(end);
  assert.equal(String((await once(patient, 'data'))[0]), '+OK\r\n');
  assert.deepEqual(await (await RawClient.open(t, port)).run([['GET', 'k']]), ['$5\r\nvalue\r\n']);
  const memory = await service.peakMemory();
  assert.ok(memory < MAX_MEMORY, `${memory} bytes`);
});
