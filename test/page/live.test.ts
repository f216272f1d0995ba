/** What the monitor sends to the live page, on a mesh with its services. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { OBSERVERS, SERVICES, type Service } from '../../common/services.ts';
import type { Mesh } from '../../operate/local/mesh.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, engine, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { RunningMonitor } from '../monitor/running-monitor.ts';
import { LiveClient } from './live-client.ts';

interface Followed {
  services: Record<Service, RunningService>;
  monitor: RunningMonitor;
  /** Settings of the monitor. */
  env: Record<string, string>;
}

/** Starts the services, and a monitor that follows them. */
async function startFollowed(t: TestContext, mesh: Mesh, env: Record<string, string>): Promise<Followed> {
  const ports = await freePorts(SERVICES.length);
  const nodes = { KEYDB_NODES: mesh.addresses, WRITE_NODES: mesh.writable, NODE_TIMEOUT_MS: '10000' };
  const started = SERVICES.map((name, i) => [
    name,
    new RunningService(t, name, { ...nodes, ...env, METRICS_PORT: `${ports[i]}` }),
  ]);
  const monitorEnv = { ...nodes, SERVICE_ADDRESSES: ports.map((port) => `127.0.0.1:${port}`).join() };
  const monitor = await RunningMonitor.start(t, monitorEnv);
  return { services: Object.fromEntries(started), monitor, env: monitorEnv };
}

/** Returns the status and the text of an action. */
async function post(port: number, action: string, body: unknown): Promise<[number, string]> {
  const answer = await fetch(`http://127.0.0.1:${port}/actions/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [answer.status, await answer.text()];
}

test('the state of a live mesh', async (t) => {
  const mesh = await startMesh(t, 3);
  const names = mesh.nodes.map(({ address }) => address);
  const [first = '', , third = ''] = names;
  const { services, monitor, env } = await startFollowed(t, mesh, {
    WRITE_INTERVAL_MS: '100',
    RECHECK_INTERVAL_MS: '500',
  });
  const client = await LiveClient.open(t, monitor.port);
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);

  await t.test('a write has one trace with all its steps, in order', async () => {
    const { id, sent, acknowledged, visible, observers } = await client.shows(({ writes }) => {
      const complete = writes.find(
        (write) =>
          write.acknowledged &&
          names.every((name) => write.visible[name] !== undefined) &&
          OBSERVERS.every((name) => {
            const { notified, handshakeAcknowledged, handshakeReceived } = write.observers[name] ?? {};
            return (
              notified !== undefined && handshakeAcknowledged !== undefined && handshakeReceived !== undefined
            );
          }),
      );
      assert.ok(complete, JSON.stringify(writes.at(-3)));
      return complete;
    });
    assert.equal(acknowledged?.node, first);
    const ordered = (...times: (number | undefined)[]) =>
      assert.deepEqual(
        times,
        [...times].sort((one = 0, other = 0) => one - other),
        id,
      );
    ordered(sent, acknowledged?.at);
    for (const time of Object.values(visible)) ordered(sent, time);
    for (const name of OBSERVERS) {
      const { notified, read, handshakeSent, handshakeAcknowledged, handshakeReceived } =
        observers[name] ?? {};
      ordered(sent, notified, read, handshakeSent, handshakeAcknowledged);
      ordered(handshakeSent, handshakeReceived);
      assert.ok(names.includes(observers[name]?.node ?? ''));
    }
  });

  await t.test('each service is next to its node, and has samples, counts, and log lines', async () => {
    await client.shows(({ mesh: shown, samples, seconds, log }) => {
      assert.deepEqual(
        shown.services.map(({ name, role, status, node }) => [name, role, status, node]),
        SERVICES.map((name, i) => [name, i === 0 ? 'writer' : 'observer', 'up', names[i]]),
      );
      for (const { values } of shown.services) assert.ok('mesh_build_info' in sansLabels(values));
      for (const name of OBSERVERS) {
        assert.ok((samples[name]?.roundTrip.length ?? 0) > 0);
        assert.ok((samples[name]?.difference.length ?? 0) > 0);
        assert.ok(
          seconds.some(({ writes, observers }) => writes > 0 && (observers[name]?.observed ?? 0) > 0),
        );
      }
      for (const source of SERVICES)
        assert.ok(
          log.some((entry) => entry.source === source),
          source,
        );
    });
  });

  await t.test(
    'the page sets the interval on a node, each node shows it, and the writer follows',
    async () => {
      await client.shows(({ mesh: { nodes } }) =>
        assert.ok(nodes.every(({ interval }) => interval === null)),
      );
      const { interval } = client.page.controls;
      const writable = mesh.writable.split(',');
      assert.deepEqual(interval, {
        key: 'update_interval',
        minSeconds: 1,
        maxSeconds: 3_600,
        nodes: writable,
      });
      assert.deepEqual(await post(monitor.port, 'interval', { node: writable.at(-1), seconds: 3_600 }), [
        204,
        '',
      ]);
      await services.writer.events.first({ event: 'interval', intervalMs: 3_600_000 });
      await client.shows(({ mesh: { nodes } }) =>
        assert.ok(nodes.every(({ interval }) => interval === '3600')),
      );
    },
  );

  await t.test('a writer without a service, and a hostile name, are shown as they are', async () => {
    const hostile = '<img src=x onerror=alert(1)> "\' </script>';
    const text = `${hostile} seq 7 micros 1725543675123456 timestamp 1725543675`;
    await node.set('shared_key', text);
    await client.shows(({ mesh: { nodes }, writes }) => {
      for (const { value } of nodes)
        assert.deepEqual(value, {
          ...{ writer: hostile, text, seq: 7, micros: 1725543675123456, timestamp: 1725543675 },
        });
      const trace = writes.find(({ id }) => id === `${hostile} 7`);
      assert.ok(OBSERVERS.every((name) => trace?.observers[name]?.handshakeAcknowledged !== undefined));
      assert.deepEqual(Object.keys(trace?.visible ?? {}).sort(), [...names].sort());
    });
  });

  await t.test('values that are no writes, and keys of another type', async () => {
    await node.set('shared_key', 'Python01 timestamp 1725543676');
    await client.shows(({ mesh: { nodes } }) =>
      assert.ok(nodes.every(({ value }) => value?.writer === 'Python01' && value.seq === undefined)),
    );
    await node.set('shared_key', '"} 1\n<script>');
    await client.shows(({ mesh: { nodes } }) => assert.ok(nodes.every(({ value }) => value === undefined)));
    await node.del('shared_key', 'update_interval');
    await node.hset('update_interval', 'another', 'type');
    await client.shows(({ mesh: { nodes } }) =>
      assert.ok(nodes.every(({ interval }) => interval === undefined)),
    );
    await node.del('update_interval');
    await client.shows(({ mesh: { nodes } }) => assert.ok(nodes.every(({ interval }) => interval === null)));
  });

  await t.test('an observer in no list appears by its handshakes', async (t) => {
    const [writer] = env.SERVICE_ADDRESSES?.split(',') ?? [];
    const other = await RunningMonitor.start(t, { ...env, SERVICE_ADDRESSES: writer ?? '' });
    const shown = await LiveClient.open(t, other.port);
    await shown.shows((page) =>
      assert.deepEqual(
        page.mesh.services.map(({ name, status }) => `${name} ${status}`).sort(),
        ['writer up', ...OBSERVERS.map((name) => `${name} unknown`)].sort(),
      ),
    );
  });

  await t.test('a service that has ended is down, and so is a killed node. Both return', async () => {
    await services['sync-observer'].stop();
    const serviceIs = (status: string) =>
      client.shows(({ mesh: { services } }) =>
        assert.equal(services.find(({ name }) => name === 'sync-observer')?.status, status),
      );
    await serviceIs('down');
    const METRICS_PORT = env.SERVICE_ADDRESSES?.split(',')[1] ?? '';
    new RunningService(t, 'sync-observer', { ...env, METRICS_PORT });
    await serviceIs('up');

    await mesh.nodes[2]?.kill();
    await client.shows(({ mesh: { nodes, links }, log }) => {
      const { status, value } = nodes.find(({ name }) => name === third) ?? {};
      assert.deepEqual([status, value], ['unreachable', undefined]);
      const own = links.filter(({ from, to }) => [from, to].includes(third));
      assert.equal(own.length, engine.multiMaster ? 4 : 1);
      assert.ok(own.every((link) => link.status === 'down'));
      assert.ok(log.some((entry) => entry.source === 'monitor' && entry.event === 'node-down'));
      const async = client.page.mesh.services.find(({ name }) => name === 'async-observer');
      assert.ok(async?.node !== undefined && async.node !== third);
    });
    await mesh.nodes[2]?.start();
    await client.shows(({ mesh: { nodes, links } }) => {
      assert.equal(nodes.find(({ name }) => name === third)?.status, 'up');
      assert.ok(links.every(({ status }) => status === 'up'));
    });
  });

  await t.test('a monitor that has started again sends the whole state', async (t) => {
    await monitor.service.stop();
    await eventually(() => assert.ok(client.ended));
    const again = await RunningMonitor.start(t, { ...env, METRICS_PORT: `${monitor.port}` });
    assert.equal(again.service.stderr, '');
    const next = await LiveClient.open(t, monitor.port);
    await next.shows(({ mesh: { nodes, services } }) => {
      assert.deepEqual(
        nodes.map(({ name, status }) => [name, status]),
        names.map((name) => [name, 'up']),
      );
      assert.ok(services.every(({ status }) => status === 'up'));
    });
  });
});

test('without any node and service, the page shows the reasons', async (t) => {
  const [node = 0, service = 0] = await freePorts(2);
  const monitor = await RunningMonitor.start(t, {
    KEYDB_NODES: `127.0.0.1:${node}`,
    SERVICE_ADDRESSES: `127.0.0.1:${service},127.0.0.1:${node}`,
  });
  const client = await LiveClient.open(t, monitor.port);
  await client.shows(({ mesh: { nodes, services } }) => {
    assert.deepEqual(nodes[0]?.status, 'unreachable');
    assert.match(nodes[0]?.reason ?? '', /refuses connections: check/);
    for (const { status, reason } of services) {
      assert.equal(status, 'down');
      assert.match(reason, /refuses connections: start the service with METRICS_PORT/);
    }
  });
  assert.deepEqual(client.page.writes, []);
});

/** Returns the names of values without their labels. */
function sansLabels(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace(/\{.*/, ''), value]));
}
