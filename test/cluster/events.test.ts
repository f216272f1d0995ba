/** Follows writes through the events of the three services, on a mesh or on a primary with replicas. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { OBSERVERS, SERVICE_TABLE, SERVICES } from '../../common/services.ts';
import { freePorts } from '../../toolkit/ports.ts';
import type { Event } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { type Scrape, scrape } from '../helpers/scrape.ts';
import { RunningService } from '../helpers/service.ts';
import { Subscriber } from '../helpers/subscriber.ts';

/** Difference between the clocks of two processes, in microseconds: each has its own estimate of the time. */
const CLOCK_ERROR = 5_000;

/** Starts all services on a mesh. */
async function startAll(t: TestContext, env: Record<string, string> = {}) {
  const mesh = await startMesh(t, 3);
  const ports = await freePorts(SERVICES.length);
  const services = SERVICES.map((name, i) => {
    const port = ports[i] ?? 0;
    const running = new RunningService(t, name, {
      KEYDB_NODES: mesh.addresses,
      WRITE_NODES: mesh.writable,
      METRICS_PORT: `${port}`,
      ...env,
    });
    return { name, port, running };
  });
  for (const { port } of services)
    await eventually(async () => assert.ok((await fetch(`http://127.0.0.1:${port}/readyz`)).ok));
  return { mesh, services };
}

function lineOf({ lines }: Subscriber, fields: Event): Record<string, number> | undefined {
  return lines.find((line) => Object.entries(fields).every(([name, value]) => line[name] === value)) as
    | Record<string, number>
    | undefined;
}

test('with LOG_LEVEL=warn, a write can be followed through the events of all services', async (t) => {
  const { services } = await startAll(t, { WRITE_INTERVAL_MS: '200', LOG_LEVEL: 'warn' });
  const subscribers = Object.fromEntries(
    await Promise.all(
      services.map(async ({ name, port }) => [name, await Subscriber.open(t, port)] as const),
    ),
  );
  const of = (name: string) => subscribers[name] as Subscriber;
  const trace = await eventually(() => {
    for (const write of of('writer').lines.filter(({ event }) => event === 'write')) {
      const { writer, seq } = write;
      const observed = OBSERVERS.map((observer) => ({
        read: lineOf(of(observer), { event: 'read', writer, seq }),
        set: lineOf(of(observer), { event: 'handshake', writer, seq }),
        got: lineOf(of('writer'), { event: 'handshake', writer, seq, observer }),
      }));
      if (observed.every(({ read, got }) => read?.notifiedMicros && got)) return { write, observed };
    }
    throw new Error(
      `no write is complete: ${JSON.stringify(Object.values(subscribers).map(({ lines }) => lines))}`,
    );
  });
  const { sentMicros, acknowledgedMicros } = trace.write as Record<string, number>;
  assertOrder(0, sentMicros, acknowledgedMicros);
  for (const { read, set, got } of trace.observed) {
    assertOrder(CLOCK_ERROR, sentMicros, read?.notifiedMicros);
    assertOrder(0, read?.notifiedMicros, read?.readMicros, set?.sentMicros, set?.acknowledgedMicros);
    assertOrder(CLOCK_ERROR, set?.sentMicros, got?.arrivedMicros);
    assertOrder(0, sentMicros, got?.arrivedMicros);
    assert.equal(got?.readMicros, read?.readMicros);
  }
  for (const { running } of services)
    assert.deepEqual(
      running.events.all.filter(({ level }) => Number(level) < 40),
      [],
    );
});

function assertOrder(error: number, ...times: (number | undefined)[]): void {
  for (const [i, time] of times.entries()) {
    assert.ok(time, `no time at position ${i}`);
    assert.ok(i === 0 || time >= (times[i - 1] ?? 0) - error, `not in order: ${times.join()}`);
  }
}

test('events contain the lines of the log and the values of the metrics', async (t) => {
  const { mesh, services } = await startAll(t, { WRITE_INTERVAL_MS: '100' });
  const subscribers = await Promise.all(services.map(({ port }) => Subscriber.open(t, port)));
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  // A failover can take less time than the interval, so that a service would log nothing before the writer waits.
  await eventually(() => assert.ok(subscribers.every(({ lines }) => lines.length > 0)));
  await mesh.nodes[1]?.kill();
  await services[1]?.running.events.first({ event: 'connected', node: mesh.nodes[2]?.address });
  // The counts stay the same while the writer waits.
  await node.set('update_interval', '3600');
  for (const [i, { name, port, running }] of services.entries()) {
    const subscriber = subscribers[i] as Subscriber;
    await eventually(() => {
      const first = running.events.all.findIndex((line) => isDeepStrictEqual(line, subscriber.lines[0]));
      assert.deepEqual([subscriber.lines, subscriber.omitted], [running.events.all.slice(first), 0]);
    });
    await eventually(async () => assert.deepEqual(stable(subscriber.values), scraped(await scrape(port))));
    const [{ service, role } = {}] = subscriber.data('values');
    assert.deepEqual([service, role], [name, SERVICE_TABLE[name].role]);
  }
});

/** Returns the counters and gauges of a scrape that are stable. */
function scraped({ text, samples }: Scrape): Record<string, number> {
  const all = samples.flatMap(({ name, labels, value }) => {
    if (!new RegExp(`^# TYPE ${name} (counter|gauge)$`, 'm').test(text)) return [];
    const pairs = Object.entries(labels).map(([label, of]) => `${label}="${of}"`);
    return [[pairs.length === 0 ? name : `${name}{${pairs.join()}}`, value] as const];
  });
  assert.ok(all.length > 0);
  return stable(Object.fromEntries(all));
}

/** Leaves out the values that change without a write: of the process, and errors of clock offsets. */
function stable(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => !/^process_|^mesh_clock_offset/.test(name)),
  );
}
