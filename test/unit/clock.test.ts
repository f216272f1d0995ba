import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowMicros } from '../../common/clock.ts';

test('the clock gives whole microseconds that lie within a millisecond or two of the system clock', () => {
  for (let i = 0; i < 1_000; i += 1) {
    const before = Date.now();
    const micros = nowMicros();
    const after = Date.now();
    assert.ok(Number.isSafeInteger(micros));
    assert.ok(micros >= (before - 2) * 1000 && micros <= (after + 3) * 1000);
  }
});
