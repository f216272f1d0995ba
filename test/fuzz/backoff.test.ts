/** Tests the backoff of a service whose only node is a hostile server: no busy loop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import { eventually } from '../helpers/eventually.ts';
import { RunningService } from '../helpers/service.ts';
import { HostileServer } from './hostile-server.ts';

const ROUNDS = 6;
/** Half of each backoff with one node (100, 200, 400, 800, and 1,000 ms), minus the imprecision of timers. */
const LEAST_MS = (100 + 200 + 400 + 800 + 1_000) / 2 - 10;

for (const service of SERVICES) {
  test(`${service} increases its backoff after each round`, async (t) => {
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
