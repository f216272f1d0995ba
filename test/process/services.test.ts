/** Tests each service as a process: output, signals, and exit codes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

for (const service of SERVICES) {
  test(`${service}: --help lists every setting and exits 0`, async (t) => {
    const running = new RunningService(t, service, {}, ['--help']);
    assert.equal(await running.exit(), 0);
    assert.match(running.text, new RegExp(`^Usage: ${service} `));
    assert.match(running.text, /RECHECK_INTERVAL_MS\n.*\n +default: 5000 milliseconds/);
  });

  test(`${service}: reports all invalid settings in one error without passwords, and exits with 1`, async (t) => {
    const running = new RunningService(t, service, {
      KEYDB_NODES: 'redis://me:hunter2@a:1',
      LOG_LEVEL: 'loud',
    });
    assert.equal(await running.exit(), 1);
    assert.match(
      running.stderr,
      /^wrong settings.*:\n {2}KEYDB_NODES: expected .*\n {2}LOG_LEVEL: expected .*, got "loud"\n$/,
    );
    assert.ok(!running.stderr.includes('hunter2'));
  });

  test(`${service}: rejects an unknown argument`, async (t) => {
    const running = new RunningService(t, service, {}, ['--speed']);
    assert.equal(await running.exit(), 1);
    assert.match(running.stderr, /unknown option '--speed'/);
  });

  test(`${service}: keeps running while no node is reachable, and logs it`, async (t) => {
    const [port = 0] = await freePorts(1);
    const running = new RunningService(t, service, { KEYDB_NODES: `127.0.0.1:${port}` });
    const { msg } = await running.events.first({ event: 'lost' });
    assert.match(String(msg), new RegExp(`^${service} lost 127.0.0.1:${port}: connect ECONNREFUSED`));
    await running.stop();
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${service}: logs its summary and exits with 0 after one or two ${signal}`, async (t) => {
      const mesh = await startMesh(t, 1);
      const running = new RunningService(t, service, { KEYDB_NODES: mesh.addresses });
      await running.events.first({ msg: `Starting ${service}` });
      await running.events.first({ event: 'connected' });
      running.signal(signal);
      running.signal(signal);
      assert.equal(await running.exit(), 0);
      assert.match(
        String((await running.events.first({ event: 'stopped' })).msg),
        new RegExp(`^${service} stopped: `),
      );
    });
  }

  test(`${service}: reports a wrong password but never prints it`, async (t) => {
    const mesh = await startMesh(t, 1, { requirepass: 'correct-horse' });
    const settings = { KEYDB_NODES: mesh.addresses };
    const wrong = new RunningService(t, service, { ...settings, KEYDB_PASSWORD: 'hunter2' });
    assert.match(String((await wrong.events.first({ event: 'lost' })).reason), /WRONGPASS/);
    assert.ok(!JSON.stringify(wrong.events.all).includes('hunter2'));
    const right = new RunningService(t, service, { ...settings, KEYDB_PASSWORD: 'correct-horse' });
    await right.events.first({ event: 'connected' });
    for (const running of [wrong, right]) await running.stop();
  });
}

test('the writer writes at once after each SIGUSR2, and continues if it has no node', async (t) => {
  const mesh = await startMesh(t, 1);
  const [port = 0] = await freePorts(1);
  const [writer, alone] = [mesh.addresses, `127.0.0.1:${port}`].map(
    (KEYDB_NODES) => new RunningService(t, 'writer', { KEYDB_NODES, WRITE_INTERVAL_MS: '3600000' }),
  ) as [RunningService, RunningService];
  for (const seq of [1, 2, 3]) {
    await writer.events.first({ event: 'write', seq });
    writer.signal('SIGUSR2');
  }
  await alone.events.first({ event: 'lost' });
  alone.signal('SIGUSR2');
  await writer.events.first({ event: 'write', seq: 4 });
  const lost = alone.events.like({ event: 'lost' }).length;
  await eventually(() => assert.ok(alone.events.like({ event: 'lost' }).length > lost));
  for (const running of [writer, alone]) await running.stop();
  assert.equal(writer.events.like({ event: 'write' }).length, 4);
});

test('the writer writes at once and at its interval, and logs the number of confirmations with WAIT_REPLICAS', async (t) => {
  const mesh = await startMesh(t, 2);
  const writer = new RunningService(t, 'writer', {
    KEYDB_NODES: mesh.writable,
    WRITE_INTERVAL_MS: '50',
    WAIT_REPLICAS: '1',
  });
  await writer.events.first({ event: 'confirmed', seq: 1, nodes: 1 });
  const { msg } = await writer.events.first({ event: 'write', seq: 3 });
  assert.match(String(msg), /^writer set shared_key: Writer seq 3 micros \d{16} timestamp \d{10}$/);
  await writer.stop();
});

test('the writer with WAIT and a killed node: one write is in flight, and the other ticks are skipped and counted', async (t) => {
  const mesh = await startMesh(t, 3);
  const writer = new RunningService(t, 'writer', {
    KEYDB_NODES: mesh.writable,
    WRITE_INTERVAL_MS: '5',
    WAIT_REPLICAS: '2',
  });
  await writer.events.first({ event: 'confirmed', nodes: 2 });
  await mesh.nodes[2]?.kill();
  const { seq } = await writer.events.first({ event: 'confirmed', nodes: 1 });
  await writer.events.first({ event: 'confirmed', seq: Number(seq) + 3 });
  await writer.stop();
  const { rejected, unknown, skipped } = await writer.events.first({ event: 'stopped' });
  assert.deepEqual([rejected, unknown, Number(skipped) > 0], [0, 0, true]);

  const confirmedAt = new Map(
    writer.events.like({ event: 'confirmed' }).map((line) => [line.seq, Number(line.time)]),
  );
  for (const { seq, msg } of writer.events.like({ event: 'write' })) {
    const sentMs = Number(/ micros (\d+) /.exec(String(msg))?.[1]) / 1000;
    const before = confirmedAt.get(Number(seq) - 1) ?? 0;
    // The times of log lines are truncated to milliseconds.
    assert.ok(
      sentMs > before - 1,
      `seq ${seq} was sent at ${sentMs}, seq ${Number(seq) - 1} confirmed at ${before}`,
    );
  }
});

test('the writer continues from the highest number on any node, and its values are never older', async (t) => {
  const mesh = await startMesh(t, 1);
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  const future = 4_102_444_800_000_000;
  await node.set('shared_key', `Writer seq 41 micros ${future} timestamp ${future / 1e6}`);
  const writer = new RunningService(t, 'writer', { KEYDB_NODES: mesh.addresses });
  const { msg } = await writer.events.first({ event: 'write', seq: 42 });
  assert.match(String(msg), new RegExp(`micros ${future + 1} timestamp ${future / 1e6}$`));
  await writer.stop();
});

test('the writer replaces an older value of its own, found by notification or by polling', async (t) => {
  const mesh = await startMesh(t, 1);
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  const writer = new RunningService(t, 'writer', { KEYDB_NODES: mesh.addresses, RECHECK_INTERVAL_MS: '100' });
  const { msg } = await writer.events.first({ event: 'write', seq: 1 });
  const newest = String(msg).replace('writer set shared_key: ', '');
  const older = 'Writer seq 1 micros 1725543675000000 timestamp 1725543675';

  await node.set('shared_key', older);
  await writer.events.first({ event: 'older', value: older, newest });
  await eventuallyIs(node, newest);
  await node.config('SET', 'notify-keyspace-events', '');
  await node.set('shared_key', older);
  await eventuallyIs(node, newest);
  await writer.stop();
  await writer.events.first({ event: 'stopped', rewritten: 2 });
});

test('the writer warns about a handshake key without a handshake, and continues', async (t) => {
  const mesh = await startMesh(t, 1);
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  const writer = new RunningService(t, 'writer', { KEYDB_NODES: mesh.addresses, RECHECK_INTERVAL_MS: '0' });
  await writer.events.first({ event: 'write', seq: 1 });
  await node.set('handshake_key:other', 'hello');
  await writer.events.first({ event: 'malformed', key: 'handshake_key:other', value: 'hello' });
  await node.set('handshake_key:other', 'Handshake from other for Writer seq 1 micros 5 timestamp 0');
  const { msg } = await writer.events.first({ event: 'handshake', observer: 'other', seq: 1 });
  assert.match(String(msg), /^writer got handshake from other for seq 1, Round trip: \d+\.\d{6} seconds$/);
  await writer.stop();
});

async function eventuallyIs(node: Awaited<ReturnType<typeof connect>>, text: string): Promise<void> {
  await eventually(async () => assert.equal(await node.get('shared_key'), text));
}
