/** Tests the writer's watch in cases that random schedules rarely reach: exact commands and log lines. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { SHARED_KEY as KEY } from './node.ts';
import { watcher } from './script-writer.ts';

const HANDSHAKE = 'handshake_key:sync-observer';
const GET = `GET ${KEY}`;
const LOADING = 'LOADING KeyDB is loading the dataset in memory';
const [INFO, WARN] = [30, 40];

const SUBSCRIPTIONS = {
  keyevent: ['SUBSCRIBE __keyevent@0__:set __keyevent@0__:restore'],
  keyspace: [`SUBSCRIBE __keyspace@0__:${KEY}`, 'PSUBSCRIBE __keyspace@0__:handshake_key:*'],
  tracking: [`SUBSCRIBE __keyspace@0__:${KEY}`, 'PSUBSCRIBE __keyspace@0__:handshake_key:*'],
};

for (const [channel, subscribing] of Object.entries(SUBSCRIPTIONS)) {
  test(`${channel}: logs a handshake once, with its round trip, and polls the keys it has seen`, async () => {
    const { history, script, start, watch } = watcher({ KEY_CHANNEL: channel });
    void start();
    await script.pass(1);
    assert.deepEqual(script.sent(), [...subscribing, GET]);
    history.next();
    script.set(HANDSHAKE, 'Handshake from sync-observer for Writer seq 1 timestamp 1');
    await script.pass(1);
    assert.deepEqual(script.sent(), [`GET ${HANDSHAKE}`]);
    assert.deepEqual(script.logged(), [
      {
        level: INFO,
        event: 'handshake',
        observer: 'sync-observer',
        writer: 'Writer',
        seq: 1,
        arrivedMicros: script.clock.micros() - 850,
        roundTripSeconds: 0.00015,
        msg: 'writer got handshake from sync-observer for seq 1, Round trip: 0.000150 seconds',
      },
    ]);
    await script.pass(18);
    assert.deepEqual(script.sent(), []);
    await script.pass(1);
    assert.deepEqual(script.sent(), [GET, `GET ${HANDSHAKE}`]);
    await script.pass(20);
    assert.deepEqual(script.sent(), [GET, `GET ${HANDSHAKE}`]);
    assert.deepEqual(script.logged(), []);
    assert.deepEqual(watch.counts, { handshakes: 1, malformed: 0, rewritten: 0 });
  });

  test(`${channel}: reads the shared key after a notification, and no other keys`, async () => {
    const { script, start } = watcher({ KEY_CHANNEL: channel, RECHECK_INTERVAL_MS: '0' });
    void start();
    await script.pass(100);
    assert.deepEqual(script.sent(), [...subscribing, GET]);
    script.set(KEY, 'Other timestamp 1');
    await script.pass(1);
    assert.deepEqual(script.sent(), [GET]);
    script.set('other_key', 'value');
    script.set('handshake_key:not/a/service', 'value');
    script.node.apply(HANDSHAKE, null, 'del');
    await script.pass(100);
    assert.deepEqual(script.sent(), []);
    assert.equal(script.clock.timers, 0);
  });
}

test('logs only new handshakes for writes of this run', async () => {
  const { history, script, start, watch } = watcher();
  void start();
  await script.pass(1);
  history.next();
  history.next();
  const handshake = async (text: string | null) => {
    script.set(HANDSHAKE, text);
    await script.pass(1);
    return script.logged().map(({ event, seq }) => `${event} ${seq}`);
  };
  assert.deepEqual(await handshake('Handshake from sync-observer for Other seq 1 timestamp 1'), []);
  assert.deepEqual(await handshake('Handshake from sync-observer for Writer timestamp 1'), []);
  assert.deepEqual(await handshake('Handshake from sync-observer for Writer seq 3 timestamp 1'), []);
  assert.deepEqual(await handshake(null), []);
  assert.deepEqual(await handshake('Handshake from sync-observer for Writer seq 2 timestamp 1'), [
    'handshake 2',
  ]);
  assert.deepEqual(await handshake('Handshake from sync-observer for Writer seq 1 timestamp 1'), []);
  assert.deepEqual(await handshake('Handshake from sync-observer for Writer seq 2 timestamp 1'), []);
  assert.deepEqual(await handshake('Handshake from other for Writer seq 1 timestamp 1'), ['handshake 1']);
  assert.deepEqual(watch.counts, { handshakes: 2, malformed: 0, rewritten: 0 });
});

test('logs the clock offset of an observer when it changes by more than its error', async () => {
  const { history, script, start, watch } = watcher();
  void start();
  await script.pass(1);
  const handshake = async (seq: number, offset: number) => {
    history.next();
    const micros = script.clock.micros() + offset;
    script.set(HANDSHAKE, `Handshake from sync-observer for Writer seq ${seq} micros ${micros} timestamp 1`);
    await script.pass(1);
    return script.logged().filter(({ event }) => event === 'clock-offset');
  };
  const errorSeconds = 0.000077;
  const line = (offsetSeconds: number) => ({
    level: INFO,
    event: 'clock-offset',
    observer: 'sync-observer',
    offsetSeconds,
    errorSeconds,
    msg: `writer compared clocks with sync-observer, Clock offset: ${offsetSeconds.toFixed(6)} seconds, Error: 0.000077 seconds`,
  });
  assert.deepEqual(await handshake(1, -30_000_000), [line(-30.000075)]);
  assert.deepEqual(await handshake(2, -30_000_000), []);
  assert.deepEqual(await handshake(3, 60_000_000), [line(59.999925)]);
  assert.equal(watch.offsets.estimates.length, 1);
});

test('warns about a handshake key that it cannot read', async () => {
  const { script, start, watch } = watcher();
  void start();
  await script.pass(1);
  const warnings: [string, string, string][] = [
    ['nonsense', 'it has no timestamp', ': nonsense'],
    ['Other seq 1 timestamp 1', 'it is no handshake', ': Other seq 1 timestamp 1'],
    ['', 'it is empty', ''],
  ];
  const line = (key: string, value: string, reason: string, end: string) => ({
    level: WARN,
    event: 'malformed',
    key,
    reason,
    value,
    msg: `writer cannot read ${key}: ${reason}${end}`,
  });
  for (const [value, reason, end] of warnings) {
    script.set(HANDSHAKE, value);
    await script.pass(1);
    assert.deepEqual(script.logged(), [line(HANDSHAKE, value, reason, end)]);
  }
  script.node.replaceByList(HANDSHAKE);
  script.node.replaceByList(KEY);
  await script.pass(20);
  assert.deepEqual(script.logged(), [
    line(KEY, '', 'it is not a string', ''),
    line(HANDSHAKE, '', 'it is not a string', ''),
  ]);
  assert.deepEqual(watch.counts, { handshakes: 0, malformed: 5, rewritten: 0 });
});

test('reads until its session ends, and leaves no timer and no listener', async () => {
  const { script, session, start } = watcher();
  void start();
  await script.pass(100);
  assert.equal(getEventListeners(session.signal, 'abort').length, 1);
  assert.equal(script.clock.timers, 1);
  script.sent();
  session.abort();
  await script.pass(100);
  assert.deepEqual(script.sent(), []);
  assert.equal(getEventListeners(session.signal, 'abort').length, 0);
  assert.equal(script.clock.timers, 0);
});

test('reads nothing if its session ends during the subscription', async () => {
  const { script, session, start } = watcher();
  const started = start();
  session.abort();
  await script.pass(100);
  await started;
  assert.deepEqual(script.sent(), SUBSCRIPTIONS.keyevent);
  assert.equal(script.clock.timers, 0);
});

for (const rejected of [0, 1]) {
  test(`the node is lost if it rejects ${SUBSCRIPTIONS.keyspace[rejected]}`, async () => {
    const { script, start } = watcher({ KEY_CHANNEL: 'keyspace' });
    script.reject(rejected);
    const lost = assert.rejects(start(), { name: 'LostNode', message: LOADING });
    await script.pass(100);
    await lost;
    assert.deepEqual(script.sent(), SUBSCRIPTIONS.keyspace.slice(0, rejected + 1));
  });
}

for (const channel of Object.keys(SUBSCRIPTIONS)) {
  test(`${channel}: reads the interval when the key changes, and polls it`, async () => {
    const { interval, script, start } = watcher({ KEY_CHANNEL: channel, INTERVAL_KEY: 'every' });
    void start();
    await script.pass(1);
    assert.ok(script.sent().includes('GET every'));
    script.set('every', '3600');
    await script.pass(1);
    assert.deepEqual(script.sent(), ['GET every']);
    assert.equal(interval.ms, 3_600_000);
    script.node.apply('every', null, 'del');
    await script.pass(20);
    assert.deepEqual(script.sent(), [GET, 'GET every']);
    assert.equal(interval.ms, 10_000);
    const set = { level: INFO, event: 'interval' };
    assert.deepEqual(script.logged(), [
      {
        ...set,
        intervalMs: 3_600_000,
        source: 'every',
        msg: 'writer writes every 3600 seconds from now on, set by every',
      },
      {
        ...set,
        intervalMs: 10_000,
        source: 'WRITE_INTERVAL_MS',
        msg: 'writer writes every 10 seconds from now on, set by WRITE_INTERVAL_MS',
      },
    ]);
  });
}

test('warns once about each malformed interval, and then uses WRITE_INTERVAL_MS', async () => {
  const { interval, script, start } = watcher({ INTERVAL_KEY: 'every', WRITE_INTERVAL_MS: '1500' });
  void start();
  for (const text of ['0', '3601', '5s', '1.5', ' 5', '-1', '05', '99999', 'x'.repeat(300)]) {
    script.set('every', '7');
    await script.pass(1);
    assert.equal(interval.ms, 7_000);
    script.logged();
    script.set('every', text);
    await script.pass(50);
    const warnings = script.logged().filter(({ level }) => level === WARN);
    assert.equal(warnings.length, 1, text);
    assert.match(
      String(warnings[0]?.msg),
      /^writer ignores every: expected a whole number of seconds from 1 to 3600, got ".{1,203}"\. WRITE_INTERVAL_MS applies$/,
    );
    assert.equal(interval.ms, 1_500);
  }
});
