/** Tests the events of a service, with a real logger and a real server: what is collected, and what is dropped. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createTappedLogger } from '../../common/logger.ts';
import { Metrics } from '../../common/metrics.ts';
import { serve } from '../../common/metrics-server.ts';
import { parseNode } from '../../common/nodes.ts';
import { ServiceEvents } from '../../common/service-events.ts';
import type { Settings } from '../../common/settings.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { Subscriber } from '../helpers/subscriber.ts';

/** Serves the events of a logger. `taps` and `reads` count what is collected. */
async function served(t: TestContext, LOG_LEVEL: Settings['LOG_LEVEL'] = 'info') {
  const [port = 0] = await freePorts(1);
  const counts = { taps: 0, reads: 0 };
  const printed: string[] = [];
  const settings = { SERVICE_NAME: 'writer', LOG_LEVEL, LOG_FORMAT: 'json' } as const;
  const { log, tap } = createTappedLogger(settings, { write: (line) => printed.push(line) });
  const metrics = new Metrics('writer');
  metrics.gauge('reads', 'Reads.', ['by'], () => {
    counts.reads += 1;
    return [[{ by: 'a "quoted"\\name' }, 7]];
  });
  metrics.gauge('absent', 'No value yet.', [], () => undefined);
  metrics.histogram('seconds', 'Not part of the values.', [])(1);
  const events = new ServiceEvents('one', 'writer', metrics, (onLine) => {
    counts.taps += 1;
    const end = tap(onLine);
    return () => {
      counts.taps -= 1;
      end();
    };
  });
  t.after(await serve(parseNode(`127.0.0.1:${port}`), metrics, { '/events': events.route }));
  return { counts, log, port, printed, subscribe: () => Subscriber.open(t, port) };
}

test('sends the values of all counters and gauges at once, and every second', async (t) => {
  const { subscribe } = await served(t);
  const subscriber = await subscribe();
  await eventually(() => assert.equal(subscriber.data('values').length, 2));
  for (const data of subscriber.data('values'))
    assert.deepEqual(data, {
      service: 'one',
      role: 'writer',
      values: { 'reads{by="a \\"quoted\\"\\\\name"}': 7 },
    });
  assert.deepEqual(subscriber.lines, []);
});

test('collects nothing before the first subscriber and after the last one', async (t) => {
  const { counts, log, port, printed, subscribe } = await served(t, 'warn');
  log.info('before');
  const head = await fetch(`http://127.0.0.1:${port}/events`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  assert.deepEqual([counts, log.level], [{ taps: 0, reads: 0 }, 'warn']);

  const subscribers = [await subscribe(), await subscribe()];
  assert.deepEqual([counts.taps, log.level], [1, 'info']);
  log.info({ event: 'write', seq: 1 }, 'during');
  log.debug('below info');
  log.warn('both');
  const lines = [
    { level: 30, service: 'writer', event: 'write', seq: 1, msg: 'during' },
    { level: 40, service: 'writer', msg: 'both' },
  ];
  for (const subscriber of subscribers)
    await eventually(() =>
      assert.deepEqual(
        subscriber.lines.map(({ time, ...line }) => line),
        lines,
      ),
    );
  subscribers[0]?.close();
  await eventually(() => assert.ok((subscribers[1]?.data('values').length ?? 0) >= 2));
  assert.equal(counts.taps, 1);
  subscribers[1]?.close();
  await eventually(() => assert.equal(counts.taps, 0));
  const { reads } = counts;
  log.info('after');
  assert.equal(log.level, 'warn');
  assert.deepEqual(
    printed.map((line) => JSON.parse(line).msg),
    ['both'],
  );

  const again = await subscribe();
  assert.equal(counts.reads, reads + 1);
  log.info('again');
  await eventually(() =>
    assert.deepEqual(
      again.lines.map(({ msg }) => msg),
      ['again'],
    ),
  );
});

for (const LOG_LEVEL of ['trace', 'silent'] as const) {
  test(`LOG_LEVEL=${LOG_LEVEL}: sends lines from info on, and prints the same lines as without`, async (t) => {
    const { log, printed, subscribe } = await served(t, LOG_LEVEL);
    const subscriber = await subscribe();
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
    for (const level of levels) log[level](level);
    await eventually(() =>
      assert.deepEqual(
        subscriber.lines.map(({ msg }) => msg),
        levels.slice(2),
      ),
    );
    const expected = LOG_LEVEL === 'trace' ? levels : [];
    assert.deepEqual(
      printed.map((line) => JSON.parse(line).msg),
      expected,
    );
  });
}

test('sends at most 16 lines of each 100 ms, and counts the others', async (t) => {
  const { log, subscribe } = await served(t);
  const subscriber = await subscribe();
  const startedAt = Date.now();
  for (let i = 0; i < 1_000; i += 1) log.info(`line ${i}`);
  const windows = Math.floor(Date.now() / 100) - Math.floor(startedAt / 100) + 1;
  await eventually(() => assert.equal(subscriber.lines.length + subscriber.omitted, 1_000));
  const counts = subscriber.data('lines').map(({ lines }) => (lines as unknown[]).length);
  assert.ok(counts.length <= windows && Math.max(...counts) <= 16, `${counts} in ${windows} windows`);
  assert.equal(subscriber.lines[0]?.msg, 'line 0');
});

test('sends warnings of a full window', async (t) => {
  const { log, subscribe } = await served(t);
  const subscriber = await subscribe();
  for (let i = 0; i < 100; i += 1) log.info(`line ${i}`);
  log.warn('of the same window');
  await eventually(() => assert.equal(subscriber.lines.at(-1)?.msg, 'of the same window'));
  assert.equal(subscriber.lines.length + subscriber.omitted, 101);
});

test('drops events for a subscriber that does not read, and counts its lines', async (t) => {
  const { log, port, subscribe } = await served(t);
  const reading = await subscribe();
  const socket = createConnection(port, '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write('GET /events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  await once(socket, 'readable');
  let logged = 0;
  const add = (text: string) => {
    log.info(text);
    logged += 1;
  };
  // In total 120 MB, far more than the buffers of two sockets.
  for (let round = 0; round < 30; round += 1) {
    for (let i = 0; i < 40; i += 1) add('x'.repeat(100_000));
    const expected = logged;
    await eventually(() => {
      // An event counts the lines that were dropped before it, so there must be a further event.
      add('next');
      assert.ok(reading.lines.length + reading.omitted >= expected);
    });
  }

  let received = '';
  socket.setEncoding('utf8').on('data', (data) => {
    received += data;
  });
  await eventually(() => {
    add('reads again');
    assert.match(received, /reads again.*\n\n/);
  });
  const omitted = [...received.matchAll(/\],"omitted":(\d+)\}/g)].map(([, count]) => Number(count));
  const dropped = omitted.reduce((sum, count) => sum + count, 0);
  assert.ok(
    dropped > logged / 2 && received.length < 60e6,
    `${dropped} of ${logged}, ${received.length} bytes`,
  );
});

test('rejects the 17th subscriber', async (t) => {
  const { port, subscribe } = await served(t);
  const subscribers = await Promise.all(Array.from({ length: 16 }, subscribe));
  const rejected = await fetch(`http://127.0.0.1:${port}/events`);
  assert.deepEqual(
    [rejected.status, await rejected.text()],
    [503, '16 clients are subscribed: close one of them\n'],
  );
  subscribers[0]?.close();
  await eventually(subscribe);
});
