/**
 * VALUE_FORMAT=classic and HANDSHAKE_KEY=handshake_key: the services print the lines of the README of the classic scripts
 * and write their values, to the letter. Only the handshake names the write, too, so that the writer can recognize it.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Mesh } from '../../operate/local/mesh.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

/** The example output of the classic README: a writer, and an observer's read and handshake. */
const EXAMPLE = {
  start: 'Starting Python01',
  write: 'Python01 set shared_key: Python01 timestamp 1725543675',
  read: 'Python02 read shared_key: Python01 timestamp 1725543675, Time difference: 2 seconds',
  handshake: 'Python03 set handshake_key: Handshake from Python03',
};

const NAMES = { writer: 'Python01', 'sync-observer': 'Python02', 'async-observer': 'Python03' } as const;

function start(t: TestContext, mesh: Mesh, service: keyof typeof NAMES, env: Record<string, string> = {}) {
  return new RunningService(t, service, {
    KEYDB_NODES: mesh.writable,
    SERVICE_NAME: NAMES[service],
    VALUE_FORMAT: 'classic',
    HANDSHAKE_KEY: 'handshake_key',
    WRITE_INTERVAL_MS: '1000',
    ...env,
  });
}

/** The line with this event, with the numbers of the example instead of its own. */
async function lineOf(service: RunningService, event: string): Promise<string> {
  const { msg } = await service.events.first({ event });
  return String(msg)
    .replace(/timestamp \d{10}/, 'timestamp 1725543675')
    .replace(/difference: -?\d+ seconds/, 'difference: 2 seconds');
}

/** The timestamp at the end of a text, as existing clients read it. */
function timestampIn(text: unknown): number {
  return Number(String(text).split(' ').at(-1));
}

test('prints the lines of the classic README, and writes its values', async (t) => {
  const mesh = await startMesh(t, 3);
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  const observers = (['sync-observer', 'async-observer'] as const).map((name) => start(t, mesh, name));
  for (const { events } of observers) await events.first({ event: 'connected' });
  const before = Math.floor(Date.now() / 1000);
  const writer = start(t, mesh, 'writer');

  await writer.events.first({ msg: EXAMPLE.start });
  assert.equal(await lineOf(writer, 'write'), EXAMPLE.write);
  for (const [i, name] of ['Python02', 'Python03'].entries()) {
    const observer = observers[i] as RunningService;
    assert.equal(await lineOf(observer, 'read'), EXAMPLE.read.replace('Python02', name));
    assert.equal(
      await lineOf(observer, 'handshake'),
      `${EXAMPLE.handshake.replaceAll('Python03', name)} for Python01 timestamp 1725543675`,
    );
    const { differenceSeconds } = await observer.events.first({ event: 'read' });
    assert.ok(Number.isInteger(differenceSeconds), `${differenceSeconds}`);
  }
  const { msg } = await writer.events.first({ event: 'write' });
  const first = timestampIn(msg);
  assert.ok(first >= before && first <= Date.now() / 1000, `${first}`);
  assert.match((await node.get('shared_key')) ?? '', /^Python01 timestamp \d{10}$/);
  await eventually(async () =>
    assert.match(
      (await node.get('handshake_key')) ?? '',
      /^Handshake from Python0[23] for Python01 timestamp \d{10}$/,
    ),
  );
  assert.deepEqual((await node.keys('*')).sort(), ['handshake_key', 'shared_key']);
  for (const service of [writer, ...observers]) {
    await service.stop();
    await service.events.first({ event: 'stopped', malformed: 0 });
  }
});

test('the writer recognizes the handshakes of two observers that share one key', async (t) => {
  const mesh = await startMesh(t, 1);
  const writer = start(t, mesh, 'writer');
  // One after the other: if both write the key at once, the writer may read only the second handshake.
  for (const name of ['sync-observer', 'async-observer'] as const) {
    const observer = start(t, mesh, name);
    const { msg, timestamp } = await writer.events.first({ event: 'handshake', observer: NAMES[name] });
    assert.match(
      String(msg),
      new RegExp(
        `^Python01 got handshake from ${NAMES[name]} for timestamp ${timestamp}, Round trip: \\d+\\.\\d{6} seconds$`,
      ),
    );
    const writes = writer.events.like({ event: 'write' }).map((write) => timestampIn(write.msg));
    assert.ok(writes.includes(Number(timestamp)), `${timestamp} is not one of ${writes}`);
    await observer.stop();
  }
  await writer.stop();
});

test('a writer that restarts within a second writes a new value, which is observed', async (t) => {
  const mesh = await startMesh(t, 1);
  const observer = start(t, mesh, 'sync-observer');
  await observer.events.first({ event: 'connected' });
  let last = 0;
  for (let run = 0; run < 3; run += 1) {
    const writer = start(t, mesh, 'writer', { WRITE_INTERVAL_MS: '3600000' });
    const { msg } = await writer.events.first({ event: 'write' });
    assert.ok(timestampIn(msg) > last, `${timestampIn(msg)} is not after ${last}`);
    last = timestampIn(msg);
    await writer.events.first({ event: 'handshake', observer: 'Python02', timestamp: last });
    await writer.stop();
  }
  await observer.stop();
  await observer.events.first({ event: 'stopped', observed: 3, older: 0, malformed: 0 });
});

test('two writes within one second have the same value, and observers handle the first of them', async (t) => {
  const mesh = await startMesh(t, 1);
  const observer = start(t, mesh, 'async-observer');
  await observer.events.first({ event: 'connected' });
  const writer = start(t, mesh, 'writer', { WRITE_INTERVAL_MS: '100' });
  await eventually(() => {
    const written = writer.events.like({ event: 'write' }).map(({ msg }) => msg);
    assert.ok(written.length > new Set(written).size, 'some writes have the same value');
    assert.ok(writer.events.like({ event: 'handshake' }).length >= 3);
  });
  await writer.stop();
  await observer.stop();
  const sent = observer.events.like({ event: 'handshake' }).map(({ msg }) => timestampIn(msg));
  assert.deepEqual(sent, [...new Set(sent)], 'one handshake for each value');
  const got = writer.events.like({ event: 'handshake' }).map(({ timestamp }) => timestamp);
  assert.deepEqual(got, [...new Set(got)], 'one round trip for each value');
});

test('the writer replaces an older classic value of its own', async (t) => {
  const mesh = await startMesh(t, 1);
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  const writer = start(t, mesh, 'writer', { WRITE_INTERVAL_MS: '3600000' });
  const { msg } = await writer.events.first({ event: 'write' });
  const newest = String(msg).replace('Python01 set shared_key: ', '');
  const older = 'Python01 timestamp 1725543675';
  await node.set('shared_key', older);
  await writer.events.first({ event: 'older', value: older, newest });
  await eventually(async () => assert.equal(await node.get('shared_key'), newest));
  await writer.stop();
});
