/** Tests the values between two scrapes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../../common/metrics.ts';

test('a histogram counts each value once, also more than it stores between two scrapes', async () => {
  const metrics = new Metrics('writer');
  const observe = metrics.histogram('round_trip_seconds', 'Round trip.', ['observer']);
  const count = async (observer: string) =>
    Number(
      new RegExp(`^round_trip_seconds_count\\{service="writer",observer="${observer}"\\} (\\d+)$`, 'm').exec(
        await metrics.text(),
      )?.[1],
    );
  for (let i = 0; i < 2_500; i += 1) observe(0.001, { observer: i % 5 === 0 ? 'a' : 'b' });
  assert.equal(await count('a'), 500);
  assert.equal(await count('b'), 2_000);
  observe(0.001, { observer: 'a' });
  assert.equal(await count('a'), 501);
  assert.match(
    await metrics.text(),
    /round_trip_seconds_bucket\{le="0\.001",service="writer",observer="b"\} 2000\n/,
  );
});
