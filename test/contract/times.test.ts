/** Tests exact time differences and round trips: the test sets the clock of each service, on a real node. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { observe as asyncObserve } from '../../async-observer/observe.ts';
import { sameNode as sameNodeAsync } from '../../async-observer/write-node.ts';
import { accessOf } from '../../common/client-options.ts';
import { ioredisClient } from '../../common/ioredis-client.ts';
import { Observations } from '../../common/observations.ts';
import { redisClient } from '../../common/redis-client.ts';
import type { Service } from '../../common/services.ts';
import { readSettings, type Settings } from '../../common/settings.ts';
import { observe as syncObserve } from '../../sync-observer/observe.ts';
import { sameNode as sameNodeSync } from '../../sync-observer/write-node.ts';
import { History } from '../../writer/history.ts';
import { Interval } from '../../writer/interval.ts';
import { Watch } from '../../writer/watch.ts';
import { ManualClock } from '../helpers/clock.ts';
import { Events } from '../helpers/events.ts';
import { connect, startMesh } from '../helpers/nodes.ts';

type Start = (
  t: TestContext,
  settings: Settings,
  observations: Observations,
  clock: ManualClock,
) => Promise<void>;

const startSync: Start = async (t, settings, observations, clock) => {
  const client = ioredisClient(settings.HOME_NODE, accessOf(settings));
  await once(client, 'ready');
  const callbacks = { onObserved() {}, onError: (error: Error) => assert.fail(error) };
  const stop = observeSync();
  t.after(async () => {
    await new Promise<void>(stop);
    client.disconnect();
  });
  function observeSync() {
    return syncObserve(
      { client, notified: client, writeNode: sameNodeSync(client, 'node') },
      'node',
      settings,
      observations,
      callbacks,
      clock,
    );
  }
};

const startAsync: Start = async (t, settings, observations, clock) => {
  const client = redisClient(settings.HOME_NODE, accessOf(settings));
  await client.connect();
  const stopped = new AbortController();
  const ends = { stopped: stopped.signal, lost: new AbortController().signal };
  const ended = (async () => {
    for await (const _ of asyncObserve(
      { client, writeNode: sameNodeAsync(client, 'node') },
      'node',
      settings,
      observations,
      ends,
      clock,
    ));
  })();
  t.after(async () => {
    stopped.abort();
    await ended;
    client.destroy();
  });
};

const OBSERVERS: [Service, Start][] = [
  ['sync-observer', startSync],
  ['async-observer', startAsync],
];

/** Value, observer's clock at the read (Unix microseconds), time difference, and its text. */
const READS: [string, number, number, string][] = [
  ['W seq 1 micros 1725543675123456 timestamp 1725543675', 1_725_543_675_125_569, 0.002113, '0.002113'],
  ['W seq 2 micros 1725543676123456 timestamp 1725543676', 1_725_543_674_623_455, -1.500001, '-1.500001'],
  ['W seq 3 micros 1725543677123456 timestamp 1725543677', 1_725_547_277_123_456, 3_600, '3600.000000'],
  ['W seq 4 micros 1725543678123456 timestamp 1725543678', 1_725_543_678_123_456, 0, '0.000000'],
  ['Python01 timestamp 1725543679', 1_725_543_681_999_999, 2, '2'],
  ['Python01 timestamp 1725543680', 1_725_543_679_999_999, -1, '-1'],
  ['Python01 seq 7 timestamp 1725543681', 1_725_543_681_999_999, 0, '0'],
];

async function observesOnItsClock(
  t: TestContext,
  port: number,
  service: Service,
  start: Start,
): Promise<void> {
  const key = `shared:${randomUUID()}`;
  const settings = readSettings({ KEYDB_NODES: `127.0.0.1:${port}`, SHARED_KEY: key }, service);
  const events = new Events();
  const clock = new ManualClock();
  const node = await connect(t, port);
  let running = false;
  for (const [text, micros, differenceSeconds, shown] of READS) {
    clock.unixMicros = micros;
    await node.set(key, text);
    if (!running) await start(t, settings, new Observations(settings, events.log, clock), clock);
    running = true;
    const name = text.split(' ', 1)[0];
    const seq = / seq (\d+)/.exec(text)?.[0] ?? '';
    const handshake = `Handshake from ${service} for ${name}${seq} micros ${micros} timestamp ${Math.floor(micros / 1e6)}`;
    await events.first({
      event: 'handshake',
      msg: `${service} set ${settings.HANDSHAKE_KEY}: ${handshake}`,
    });
    assert.equal(await node.get(settings.HANDSHAKE_KEY), handshake);
    const msg = `${service} read ${key}: ${text}, Time difference: ${shown} seconds`;
    assert.equal(events.like({ event: 'read', differenceSeconds, msg }).length, 1, msg);
  }
  assert.equal(events.like({ event: 'read' }).length, READS.length);
}

async function measuresOnItsClock(t: TestContext, port: number): Promise<void> {
  const settings = readSettings(
    { KEYDB_NODES: `127.0.0.1:${port}`, SHARED_KEY: `shared:${randomUUID()}` },
    'writer',
  );
  const events = new Events();
  const clock = new ManualClock();
  const history = new History('writer', clock);
  const [node, watching] = [await connect(t, port), await connect(t, port)];
  const stopped = new AbortController();
  t.after(() => stopped.abort());
  const watch = new Watch(settings, history, new Interval(settings, events.log), events.log, clock);
  await watch.start(watching, async () => {}, stopped.signal);

  const handshakes: [string, string, number][] = [
    ['ahead', 'micros 1725547275123456 timestamp 1725547275', 3.12],
    ['behind', 'micros 1725540075123456 timestamp 1725540075', 0.25],
    ['seconds', 'timestamp 1725543675', 2_500],
    ['at-once', 'micros 1725543675123456 timestamp 1725543675', 0],
  ];
  for (const [observer, time, roundTripMs] of handshakes) {
    const { seq } = history.next();
    // The wall clock is set back while the handshake is in flight.
    clock.unixMicros -= 3_600_000_000;
    clock.monotonicMs += roundTripMs;
    await node.set(`handshake_key:${observer}`, `Handshake from ${observer} for Writer seq ${seq} ${time}`);
    const { roundTripSeconds, msg } = await events.first({ event: 'handshake', observer, seq });
    assert.equal(roundTripSeconds, roundTripMs / 1_000);
    assert.equal(
      msg,
      `writer got handshake from ${observer} for seq ${seq}, Round trip: ${(roundTripMs / 1_000).toFixed(6)} seconds`,
    );
    clock.monotonicMs += 1_000;
  }
  assert.equal(watch.counts.handshakes, handshakes.length);
}

test('time differences and round trips are exact', async (t) => {
  const { nodes } = await startMesh(t, 1);
  const port = nodes[0]?.options.port ?? 0;
  for (const [service, start] of OBSERVERS) {
    await t.test(
      `${service}: the time difference and the handshake follow its clock, ahead and behind`,
      (t) => observesOnItsClock(t, port, service, start),
    );
  }
  await t.test(
    'writer: the round trip is the time from its write to the handshake, on its monotonic clock',
    (t) => measuresOnItsClock(t, port),
  );
});
