/** Tests a stop of each observer at every step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARED_KEY as KEY } from './node.ts';
import { commandOf, GET, OBSERVERS, startObserver, subscribing, write } from './script-observers.ts';

for (const service of OBSERVERS) {
  test(`${service}: a stop during the subscription sends nothing more`, async () => {
    const { script, outcome, stop } = startObserver(service, { KEY_CHANNEL: 'keyevent' });
    stop();
    await script.pass(0.02);
    if (service === 'sync-observer') script.close();
    await script.pass(30);
    assert.deepEqual(outcome, ['stopped']);
    assert.deepEqual(script.sent(), subscribing(service, 'keyevent'));
    assert.equal(script.clock.timers, 0);
  });

  test(`${service}: a stop during a read completes the observation`, async () => {
    const { script, outcome, stop } = startObserver(service, { KEY_CHANNEL: 'keyevent' }, (script) =>
      script.set(KEY, write(1), 'none'),
    );
    await script.pass(0.12);
    stop();
    script.set(KEY, write(2));
    assert.deepEqual(outcome, []);
    await script.pass(30);
    assert.deepEqual(outcome, ['observed', 'stopped']);
    assert.deepEqual(script.sent().map(commandOf), ['SUBSCRIBE', 'GET', 'SET']);
    assert.equal(script.clock.timers, 0);
  });

  test(`${service}: a connection that is lost during the stop ends the stop`, async () => {
    const { script, outcome, stop } = startObserver(service, { KEY_CHANNEL: 'keyevent' });
    await script.pass(0.12);
    stop();
    script.close();
    await script.pass(30);
    assert.deepEqual(outcome, [service === 'sync-observer' ? 'stopped' : 'lost: Connection is closed.']);
    assert.equal(script.clock.timers, 0);
  });

  test(`${service}: a stop between two reads cancels the poll`, async () => {
    const { script, outcome, stop } = startObserver(service, { KEY_CHANNEL: 'keyevent' });
    await script.pass(1);
    assert.equal(script.clock.timers, 1);
    stop();
    await script.pass(30);
    assert.deepEqual(outcome, ['observed', 'stopped']);
    assert.deepEqual(script.sent(), [...subscribing(service, 'keyevent'), GET]);
    assert.equal(script.clock.timers, 0);
  });
}
