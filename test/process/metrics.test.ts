/** Tests the endpoints of each service as a process: metrics, health, readiness. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

for (const service of SERVICES) {
  test(`${service}: is ready while it is connected, and names the reason while it is not`, async (t) => {
    const [port = 0] = await freePorts(1);
    const mesh = await startMesh(t, 1);
    const [node] = mesh.nodes;
    const running = new RunningService(t, service, { KEYDB_NODES: mesh.addresses, METRICS_PORT: `${port}` });
    const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
    await running.events.first({ event: 'connected' });

    assert.deepEqual(await answerOf(get('/healthz')), [200, 'the event loop runs\n']);
    assert.deepEqual(await answerOf(get('/readyz')), [200, 'ready\n']);
    const paths = '/metrics, /healthz, /readyz, /events';
    assert.deepEqual(await answerOf(get('/')), [404, `not found; the paths are ${paths}\n`]);
    assert.deepEqual(await answerOf(get('/constructor')), [404, `not found; the paths are ${paths}\n`]);
    assert.deepEqual(await answerOf(get('/metrics', 'POST')), [405, 'only GET and HEAD are allowed\n']);
    const scraped = await get('/metrics');
    assert.equal(scraped.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const text = await scraped.text();
    const head = await get('/metrics', 'HEAD');
    assert.deepEqual([head.status, await head.text()], [200, '']);
    for (const line of [
      `mesh_connected{node="${mesh.addresses}",service="${service}"} 1`,
      `mesh_losses_total{node="${mesh.addresses}",service="${service}"} 0`,
    ])
      assert.ok(text.includes(`\n${line}\n`), `${line}\nis not in\n${text}`);

    await node?.kill();
    await eventually(async () => {
      const [status, reason] = await answerOf(get('/readyz'));
      assert.equal(status, 503);
      assert.ok(reason.startsWith(`${service} lost ${mesh.addresses}: `), reason);
    });
    assert.deepEqual(await answerOf(get('/healthz')), [200, 'the event loop runs\n']);
    await running.stop();
    await assert.rejects(get('/healthz'));
  });

  test(`${service}: a port in use ends it before it starts, with an error that names METRICS_PORT`, async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.after(() => taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const running = new RunningService(t, service, { METRICS_PORT: `${port}` });
    assert.equal(await running.exit(), 1);
    assert.match(
      running.stderr,
      new RegExp(
        `^wrong settings .*:\\n {2}METRICS_PORT: expected an address .*, got "127.0.0.1:${port}" \\(.*EADDRINUSE.*\\).*\\n$`,
      ),
    );
    assert.deepEqual(running.events.all, []);
  });
}

test('without METRICS_PORT, a service neither listens nor loads prom-client', async (t) => {
  const [port = 0] = await freePorts(1);
  const mesh = await startMesh(t, 1);
  for (const METRICS_PORT of ['', `${port}`]) {
    const env = { KEYDB_NODES: mesh.addresses, METRICS_PORT, NODE_DEBUG: 'module,net' };
    const running = new RunningService(t, 'writer', env);
    await running.events.first({ event: 'connected' });
    await running.stop();
    const on = METRICS_PORT !== '';
    assert.equal(/prom-client/.test(running.stderr), on, running.stderr);
    assert.equal(/setupListenHandle|bind to/.test(running.stderr), on, running.stderr);
  }
});

async function answerOf(response: Promise<Response>): Promise<[number, string]> {
  const { status, text } = await response.then(async (one) => ({
    status: one.status,
    text: await one.text(),
  }));
  return [status, text];
}
