/** With nothing but a hostile server to go to, a service keeps the waits of its rounds: it does not spin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/settings.ts';
import { eventually } from '../helpers/eventually.ts';
import { RunningService } from '../helpers/service.ts';
import { HostileServer } from './hostile-server.ts';

const ROUNDS = 6;
/** At least half of each wait of the one-node ring, milliseconds: 100, 200, 400, 800, 1,000. Less what timers are early. */
const LEAST_MS = (100 + 200 + 400 + 800 + 1_000) / 2 - 10;

for (const service of SERVICES) {
  test(`${service} waits longer from round to round`, async (t) => {
    const hostile = await HostileServer.open(t, {
      name: 'an array for HELLO',
      stage: 'hello',
      bytes: '*1\r\n',
      after: { endless: '@'.repeat(1 << 16) },
    });
    const running = new RunningService(t, service, { KEYDB_NODES: hostile.address });
    const lost = await eventually(() => {
      const events = running.events.like({ event: 'lost' });
      assert.ok(events.length >= ROUNDS);
      return events;
    });
    const elapsed = Number(lost[ROUNDS - 1]?.time) - Number(lost[0]?.time);
    assert.ok(elapsed >= LEAST_MS, `${ROUNDS} rounds within ${elapsed} ms`);
    await running.stop();
    assert.equal(running.stderr, '');
  });
}
