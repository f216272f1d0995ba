/** The monitor on a node that loads its data, and on servers that are not nodes. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePorts } from '../../toolkit/ports.ts';
import { connect, engine, startMesh } from '../helpers/nodes.ts';
import { failingMonitor, RunningMonitor } from './running-monitor.ts';

/** The node loads slowly, and answers clients during the load. */
const SLOW_LOAD = {
  // Microseconds for each key.
  'key-load-delay': '500',
  'loading-process-events-interval-bytes': '1024',
  ...(engine.multiMaster && { 'loading-process-events-interval-keys': '10' }),
};

test('a node that loads its data is down, and INFO still gives its figures', async (t) => {
  const mesh = await startMesh(t, 1, SLOW_LOAD);
  const [node] = mesh.nodes;
  assert.ok(node);
  const name = { node: node.address };
  const client = await connect(t, node.options.port);
  await client.mset(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key ${i}`, 'value'])));
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: node.address });
  await node.stop();
  await monitor.has('keydb_down', { ...name, reason: 'unreachable' }, 1);
  const started = node.start();
  await monitor.has('keydb_down', { ...name, reason: 'loading' }, 1);
  assert.equal(await monitor.value('keydb_up', name), 0);
  await monitor.has('keydb_loading', name, 1);
  assert.equal(await monitor.value('mesh_canary_ready', name), 0);

  const operator = await connect(t, node.options.port);
  await operator.config('SET', 'key-load-delay', '0');
  await started;
  await monitor.has('keydb_up', name, 1);
  await monitor.has('keydb_loading', name, 0);
});

test('servers that close each connection, answer garbage, or nothing', async (t) => {
  const ports = await freePorts(3);
  const answers = ['close', 'HTTP/1.1 200 OK\r\n\r\n', 'nothing'];
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  for (const [i, answer] of answers.entries()) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      if (answer === 'close') socket.destroy();
      else socket.on('data', () => answer !== 'nothing' && socket.write(answer));
    }).listen(ports[i], '127.0.0.1');
    t.after(() => server.close());
  }
  const monitor = await RunningMonitor.start(t, { KEYDB_NODES: nodes.join(), NODE_TIMEOUT_MS: '300' });
  for (const [i, reason] of ['unreachable', 'unreachable', 'timeout'].entries()) {
    await monitor.has('keydb_down', { node: nodes[i] ?? '', reason }, 1);
    await monitor.has('keydb_up', { node: nodes[i] ?? '' }, 0);
  }
  assert.equal((await monitor.get('/healthz')).status, 200);
  await monitor.service.stop();
});

test('wrong settings end the monitor with an error that names them', async (t) => {
  const error = await failingMonitor(t, { KEYDB_NODES: 'a', LOG_LEVEL: 'loud', HOME_NODE: 'not used' });
  assert.match(error, /KEYDB_NODES: expected host:port .* LOG_LEVEL: expected one of/);
});
