/** Tests cases that random schedules rarely reach: exact commands and log lines of both observers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARED_KEY as KEY } from './node.ts';
import {
  type Channel,
  commandOf,
  GET,
  OBSERVERS,
  startObserver,
  subscribing,
  write,
} from './script-observers.ts';

const LOADING = 'LOADING KeyDB is loading the dataset in memory';
const CHANNELS: readonly Channel[] = ['keyevent', 'keyspace', 'tracking'];

/** Fields that `brief` leaves out. The simulation checks the times. */
const OMITTED = ['level', 'node', 'key', 'msg', 'reason', 'value', 'writer', 'differenceSeconds'];

/** Log lines with the fields that the observer's loop determines, and `notified` if there is a time of a notification. */
function brief(lines: Record<string, unknown>[]): Record<string, unknown>[] {
  return lines.map((line) => ({
    ...Object.fromEntries(
      Object.entries(line).filter(([name]) => !OMITTED.includes(name) && !name.endsWith('Micros')),
    ),
    ...(line.notifiedMicros !== undefined && { notified: true }),
  }));
}

for (const service of OBSERVERS) {
  for (const channel of CHANNELS) {
    test(`${service}, ${channel}: subscribes, reads, and polls after the recheck interval`, async () => {
      const { script } = startObserver(service, { KEY_CHANNEL: channel });
      await script.pass(1);
      assert.deepEqual(script.sent(), [...subscribing(service, channel), GET]);
      await script.pass(19);
      assert.deepEqual(script.sent(), []);
      await script.pass(1);
      assert.deepEqual(script.sent(), [GET]);
      await script.pass(21);
      assert.deepEqual(script.sent(), [GET]);
    });

    test(`${service}, ${channel}: without a recheck interval, it reads only after a notification`, async () => {
      const { script, outcome } = startObserver(service, { KEY_CHANNEL: channel, RECHECK_INTERVAL_MS: '0' });
      await script.pass(1_000);
      assert.deepEqual(script.sent(), [...subscribing(service, channel), GET]);
      script.set('other_key', write(1));
      await script.pass(1);
      assert.deepEqual(script.sent(), []);
      script.set(KEY, write(1));
      await script.pass(1);
      assert.deepEqual(script.sent().slice(0, 2).map(commandOf), ['GET', 'SET']);
      assert.deepEqual(brief(script.logged()), [
        { event: 'read', seq: 1, notified: true },
        { event: 'handshake', seq: 1 },
      ]);
      assert.deepEqual(new Set(outcome), new Set(['observed']));
      assert.equal(script.clock.timers, 0);
    });

    test(`${service}, ${channel}: without a write node it observes, and sends the newest handshake when one is back`, async () => {
      const { script, writeNode } = startObserver(service, {
        KEY_CHANNEL: channel,
        RECHECK_INTERVAL_MS: '0',
      });
      await script.pass(1);
      writeNode.reachable = false;
      for (const seq of [1, 2]) {
        script.set(KEY, write(seq));
        await script.pass(1);
        assert.deepEqual(brief(script.logged()), [{ event: 'read', seq, notified: true }]);
      }
      script.sent();
      writeNode.reachable = true;
      writeNode.onBack?.();
      await script.pass(1);
      assert.deepEqual(script.sent().map(commandOf), ['GET', 'SET']);
      assert.deepEqual(brief(script.logged()), [{ event: 'handshake', seq: 2 }]);
      writeNode.onBack?.();
      await script.pass(1);
      assert.deepEqual(script.sent(), [GET]);
    });

    test(`${service}, ${channel}: a warning names the cause of the read`, async () => {
      const { script } = startObserver(service, { KEY_CHANNEL: channel }, (script) =>
        script.set(KEY, 'nonsense 1', 'none'),
      );
      await script.pass(1);
      assert.deepEqual(brief(script.logged()), [{ event: 'malformed', cause: 'connected' }]);
      script.set(KEY, 'nonsense 2', 'none');
      await script.pass(20);
      assert.deepEqual(brief(script.logged()), [{ event: 'malformed', cause: 'recheck' }]);
      script.set(KEY, 'nonsense 3');
      await script.pass(1);
      assert.deepEqual(brief(script.logged()), [{ event: 'malformed', cause: 'notified' }]);
      // The notification has canceled the previous poll.
      assert.equal(script.clock.timers, 1);
    });

    test(`${service}, ${channel}: a notification before the reply to a poll announces its value`, async () => {
      const { script } = startObserver(service, { KEY_CHANNEL: channel }, (script) =>
        script.set(KEY, write(1), 'none'),
      );
      await script.pass(20);
      assert.deepEqual(brief(script.logged()), [
        { event: 'read', seq: 1, caughtUp: true, missed: 0 },
        { event: 'handshake', seq: 1 },
      ]);
      script.sent();
      script.node.pause();
      await script.pass(1);
      assert.deepEqual(script.sent(), [GET]);
      script.set(KEY, write(3));
      await script.pass(0.1);
      script.node.resume();
      await script.pass(1);
      assert.deepEqual(brief(script.logged()), [
        { event: 'read', seq: 3, conflated: 1, notified: true },
        { event: 'handshake', seq: 3 },
      ]);
      script.set(KEY, write(5), 'none');
      await script.pass(21);
      assert.deepEqual(brief(script.logged()), [
        { event: 'read', seq: 5, caughtUp: true, missed: 2 },
        { event: 'handshake', seq: 5 },
      ]);
    });

    const steps = [...subscribing(service, channel), GET, 'SET'];
    for (const [index, step] of steps.entries()) {
      test(`${service}, ${channel}: if the node rejects ${step}, the node is lost`, async () => {
        const { script, outcome, stop } = startObserver(service, { KEY_CHANNEL: channel }, (script) => {
          script.set(KEY, write(1), 'none');
          script.reject(index);
        });
        await script.pass(30);
        assert.deepEqual(outcome, [`lost: ${LOADING}`]);
        assert.deepEqual(script.sent().map(commandOf), steps.slice(0, index + 1).map(commandOf));
        const events = script.logged().map(({ event }) => event);
        assert.deepEqual(events, step === 'SET' ? ['read'] : []);
        assert.equal(script.clock.timers, 0);
        stop();
        await script.pass(30);
        const stopped = service === 'sync-observer' ? ['stopped'] : [];
        assert.deepEqual(outcome, [`lost: ${LOADING}`, ...stopped]);
        assert.deepEqual(script.sent(), []);
      });
    }
  }

  for (const channel of ['keyevent', 'keyspace'] as const) {
    test(`${service}, ${channel}: a notification in the chunk of the subscription's reply is not lost`, async () => {
      const { script } = startObserver(service, { KEY_CHANNEL: channel });
      script.set(KEY, write(1), 'set', 0.05);
      await script.pass(1);
      assert.deepEqual(brief(script.logged()), [
        { event: 'read', seq: 1, notified: true },
        { event: 'handshake', seq: 1 },
      ]);
    });
  }

  test(`${service}: a deleted key is not an announced write`, async () => {
    const { script } = startObserver(service, { KEY_CHANNEL: 'keyspace' });
    await script.pass(1);
    script.sent();
    script.node.apply(KEY, null, 'del');
    await script.pass(1);
    assert.deepEqual(script.sent(), []);
  });
}

test('sync-observer: a notification during a read counts, also if the subscription is confirmed after it', async () => {
  const { script } = startObserver('sync-observer', { KEY_CHANNEL: 'keyevent' });
  script.set(KEY, 'nonsense', 'set', 0.05);
  script.set(KEY, 'nonsense', 'set', 0.05);
  await script.pass(1);
  const warning = { event: 'malformed', cause: 'notified' };
  assert.deepEqual(brief(script.logged()), [warning, warning]);
});
