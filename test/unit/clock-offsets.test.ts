import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Metrics } from '../../common/metrics.ts';
import { type ClockOffset, ClockOffsets } from '../../writer/clock-offsets.ts';
import { check } from '../fuzz/check.ts';
import { ManualClock } from '../helpers/clock.ts';

/** A relative drift of 200 ppm: 0.2 µs for each millisecond. */
const DRIFT_PER_MS = 0.2;
const ROUNDING = 2;

/** Exchanges handshakes with observers. Their clocks are right, except for an offset in microseconds. */
class Exchange {
  readonly clock = new ManualClock();
  readonly offsets = new ClockOffsets(this.clock);

  /** One handshake: microseconds from the write to the read, and from the read to the arrival. */
  handshake(offset: number, toRead: number, back: number, observer = 'one'): ClockOffset | undefined {
    const sentAt = this.clock.now();
    this.clock.advance(toRead / 1000);
    const readMicros = this.clock.micros() + offset;
    this.clock.advance(back / 1000);
    return this.offsets.add(observer, readMicros, sentAt);
  }

  get estimate(): ClockOffset {
    const [estimate] = this.offsets.estimates;
    assert.ok(estimate);
    return estimate;
  }
}

function close(actual: number | undefined, micros: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) * 1e6 - micros) <= 1.001, `${actual} s instead of ${micros} µs`);
}

test('the offset refers to the middle of the round trip, and the error is half of it', () => {
  const exchange = new Exchange();
  const estimate = exchange.handshake(-30_000_000, 3_000, 1_000);
  assert.equal(estimate?.observer, 'one');
  close(estimate?.offsetSeconds, -30_000_000 + 1_000);
  close(estimate?.errorSeconds, 2_000 + ROUNDING + 4 * DRIFT_PER_MS);
  assert.deepEqual(exchange.offsets.estimates, [estimate]);
});

test('keeps the sample with the shortest round trip of the last 64', () => {
  const exchange = new Exchange();
  exchange.handshake(500, 100, 100);
  for (let i = 0; i < 63; i += 1) exchange.handshake(500, 11_000, 9_000);
  close(exchange.estimate.offsetSeconds, 500);
  close(exchange.estimate.errorSeconds, 100 + ROUNDING + (63 * 20 + 0.2) * DRIFT_PER_MS);
  exchange.handshake(500, 11_000, 9_000);
  close(exchange.estimate.offsetSeconds, 500 + 1_000);
});

test('the error increases by 200 ppm of the age of a sample, so a newer one replaces it', () => {
  const exchange = new Exchange();
  exchange.handshake(0, 100, 100);
  exchange.clock.advance(10_000);
  close(exchange.estimate.errorSeconds, 100 + ROUNDING + 10_000 * DRIFT_PER_MS);
  exchange.handshake(0, 1_500, 2_000);
  close(exchange.estimate.offsetSeconds, -250);
  close(exchange.estimate.errorSeconds, 1_750 + ROUNDING + 3.5 * DRIFT_PER_MS);
});

test('a sample that contradicts an earlier one replaces all of them, because a clock was set', () => {
  const exchange = new Exchange();
  for (let i = 0; i < 10; i += 1) exchange.handshake(0, 100, 100);
  close(exchange.handshake(60_000_000, 20_000, 20_000)?.offsetSeconds, 60_000_000);
  close(exchange.handshake(0, 30_000, 30_000)?.offsetSeconds, 0);
  exchange.clock.unixMicros -= 3_600_000_000;
  const lag = 3_600_000_000;
  close(exchange.handshake(lag, 30_000, 30_000)?.offsetSeconds, lag);
});

test('a clock that is set during a round trip counts as set before it', () => {
  const exchange = new Exchange();
  const sentAt = exchange.clock.now();
  exchange.clock.advance(5);
  exchange.clock.unixMicros += 60_000_000;
  const readMicros = exchange.clock.micros();
  exchange.clock.advance(5);
  close(exchange.offsets.add('one', readMicros, sentAt)?.offsetSeconds, 0);
});

test('returns an estimate only if it differs from the last returned one by more than its error', () => {
  const exchange = new Exchange();
  close(exchange.handshake(0, 5_000, 1_000)?.offsetSeconds, 2_000);
  assert.equal(exchange.handshake(0, 3_000, 2_000), undefined, '500 ± 2,500 µs');
  close(exchange.handshake(0, 1_500, 1_500)?.offsetSeconds, 0);
  assert.equal(exchange.handshake(0, 1_500, 1_500), undefined);
});

test('remembers the 64 observers with the newest samples', () => {
  const exchange = new Exchange();
  const names = Array.from({ length: 65 }, (_, i) => `observer-${i}`);
  for (const name of names.slice(0, 64)) exchange.handshake(0, 10, 10, name);
  exchange.handshake(0, 10, 10, names[0]);
  exchange.handshake(0, 10, 10, names[64]);
  assert.deepEqual(
    exchange.offsets.estimates.map(({ observer }) => observer),
    [...names.slice(2, 64), names[0], names[64]],
  );
});

test('exports the estimate and the error of each observer', async () => {
  const exchange = new Exchange();
  const metrics = new Metrics('writer');
  exchange.offsets.exportTo(metrics);
  assert.doesNotMatch(await metrics.text(), /^mesh_clock_offset/m);
  exchange.handshake(-30_000_000, 3_000, 1_000, 'one');
  exchange.handshake(0, 20, 20, 'two');
  const lines = (await metrics.text()).split('\n').filter((line) => /^mesh_clock_offset/.test(line));
  assert.deepEqual(lines, [
    'mesh_clock_offset_seconds{observer="one",service="writer"} -29.999',
    'mesh_clock_offset_seconds{observer="two",service="writer"} 0',
    'mesh_clock_offset_error_seconds{observer="one",service="writer"} 0.002003',
    'mesh_clock_offset_error_seconds{observer="two",service="writer"} 0.000022',
  ]);
});

/** Delays in microseconds. Most are short, some are those of a lost node. */
const delay = fc.oneof({ weight: 5, arbitrary: fc.nat(5_000) }, fc.nat(20_000_000));

test('the true offset is within the error, for any delays, any offset, and any drift up to 200 ppm', () => {
  const handshake = fc.record({ toRead: delay, back: delay, pause: fc.nat(2_000), gapMs: fc.nat(20_000) });
  check(
    [
      fc.integer({ min: -7_200_000_000, max: 7_200_000_000 }),
      fc.double({ min: -2e-4, max: 2e-4, noNaN: true }),
      fc.array(handshake, { minLength: 1, maxLength: 100 }),
    ],
    (offset, drift, handshakes) => {
      /** The process pauses after each reading of a clock. */
      class PausingClock extends ManualClock {
        pauseMs = 0;
        override micros(): number {
          return this.#thenPause(Math.round(super.micros()));
        }
        override now(): number {
          return this.#thenPause(super.now());
        }
        #thenPause(reading: number): number {
          this.advance(this.pauseMs);
          return reading;
        }
      }
      const clock = new PausingClock();
      const start = clock.now();
      const offsets = new ClockOffsets(clock);
      const truth = () => offset + drift * (clock.now() - start) * 1000;
      const checkTruth = () => {
        const [estimate] = offsets.estimates;
        assert.ok(estimate);
        const wrong = Math.abs(estimate.offsetSeconds * 1e6 - truth());
        assert.ok(wrong <= estimate.errorSeconds * 1e6, `${wrong} µs > ${estimate.errorSeconds} s`);
      };
      for (const { toRead, back, pause, gapMs } of handshakes) {
        const sentAt = clock.now();
        clock.advance(toRead / 1000);
        const readMicros = Math.round(clock.unixMicros + truth());
        clock.advance(back / 1000);
        clock.pauseMs = pause / 1000;
        offsets.add('one', readMicros, sentAt);
        clock.pauseMs = 0;
        checkTruth();
        clock.advance(gapMs);
        checkTruth();
      }
    },
  );
});
