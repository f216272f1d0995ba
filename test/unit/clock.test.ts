import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Clock, nowMicros, sleep, systemClock, WallClock } from '../../common/clock.ts';
import { root } from '../../toolkit/root.ts';
import { ManualClock } from '../helpers/clock.ts';

/** The system clock at the start of a machine, in milliseconds. */
const START_MS = 1_725_543_675_000;

const clockModule = pathToFileURL(join(root, 'dist/common/clock.js'));

/** Simulates the clocks of a machine on which each reading takes the same time. */
class Machine {
  /** Monotonic time in milliseconds. */
  nowMs = 5_000.25;
  /** Offset of the system clock, in milliseconds. */
  aheadMs = START_MS - this.nowMs;
  readings = 0;
  readingMs: number;
  /** Duration of the interruption after each of the next readings of the system clock. */
  interruptionsMs: number[] = [];

  constructor(readingMs: number) {
    this.readingMs = readingMs;
  }

  monotonicMs(): number {
    this.nowMs += this.readingMs;
    this.readings += 1;
    return this.nowMs;
  }

  wallMs(): number {
    const ms = Math.floor(this.monotonicMs() + this.aheadMs);
    this.nowMs += this.interruptionsMs.shift() ?? 0;
    return ms;
  }

  /** Returns the difference of a reading from the system clock at the first reading, in microseconds. */
  errorOf(clock: WallClock): number {
    const first = (this.nowMs + this.readingMs + this.aheadMs) * 1_000;
    return clock.micros() - first;
  }
}

function clockOn(readingMs: number) {
  const machine = new Machine(readingMs);
  return {
    machine,
    clock: new WallClock({ wallMs: () => machine.wallMs(), monotonicMs: () => machine.monotonicMs() }),
  };
}

function assertWithin(limit: number, error: number): void {
  assert.ok(Math.abs(error) <= limit, `${error} microseconds, more than ${limit}`);
}

test('the error is at most the duration of a reading, at any time between two milliseconds', () => {
  for (const [readingMs, limit] of [
    [0.001, 3],
    [0.01, 16],
  ] as const) {
    const { machine, clock } = clockOn(readingMs);
    clock.refresh();
    for (let i = 0; i < 1_000; i += 1) {
      machine.nowMs += 0.137;
      assertWithin(limit, machine.errorOf(clock));
    }
  }
});

test('the first reading needs no refresh', () => {
  const { machine, clock } = clockOn(0.001);
  const micros = clock.micros();
  assertWithin(3, micros - (machine.nowMs + machine.aheadMs) * 1_000 + 1);
  assert.ok(Number.isSafeInteger(micros));
});

test('a reading reads the system twice, and does not wait for the next millisecond', () => {
  const { machine, clock } = clockOn(0.001);
  clock.refresh();
  machine.readings = 0;
  for (let i = 0; i < 100; i += 1) clock.micros();
  assert.equal(machine.readings, 200);
});

test('follows a system clock that is set forward or back at once, if by more than 2 ms', () => {
  for (const stepMs of [3_600_000, -3_600_000, 3.5, -3.5]) {
    const { machine, clock } = clockOn(0.001);
    clock.refresh();
    machine.aheadMs += stepMs;
    clock.micros();
    assertWithin(3, machine.errorOf(clock));
  }
});

test('is correct even if the process is interrupted twice while it waits for the next millisecond', () => {
  const { machine, clock } = clockOn(0.001);
  machine.interruptionsMs = [0, 20, 0, 0, 0, 20];
  const micros = clock.micros();
  const now = (machine.nowMs + machine.aheadMs) * 1_000;
  assertWithin(4, micros - now);
});

test('an interruption of less than 2 ms does not make the first reading wrong', () => {
  for (const first of ['micros', 'refresh'] as const) {
    const { machine, clock } = clockOn(0.001);
    // The first two anchors are uncertain. The second interruption comes when a millisecond is nearly over.
    machine.nowMs = 5_000.9;
    machine.interruptionsMs = [0, 1.6, 0, 1.6];
    clock[first]();
    assertWithin(3, machine.errorOf(clock));
  }
});

test('a refresh follows a small correction of the system clock', () => {
  for (const correctionMs of [0.9, -0.9]) {
    const { machine, clock } = clockOn(0.001);
    clock.refresh();
    machine.aheadMs += correctionMs;
    machine.readings = 0;
    assertWithin(3, machine.errorOf(clock) + correctionMs * 1_000);
    assert.equal(machine.readings, 2);
    clock.refresh();
    assertWithin(3, machine.errorOf(clock));
  }
});

test('an uncertain anchor replaces a certain one only when the certain one may have drifted further', () => {
  for (const [elapsedMs, errorMicros] of [
    [400, 900],
    [500, 0],
  ] as const) {
    const { machine, clock } = clockOn(0.001);
    clock.refresh();
    machine.aheadMs -= 0.9;
    machine.nowMs += elapsedMs;
    machine.readingMs = 0.01;
    clock.refresh();
    assertWithin(16, machine.errorOf(clock) - errorMicros);
  }
});

test('uses an uncertain anchor if there is no other, and replaces it by a more certain one', () => {
  const { machine, clock } = clockOn(0.1);
  clock.refresh();
  assertWithin(152, machine.errorOf(clock));
  machine.readingMs = 0.001;
  clock.refresh();
  assertWithin(3, machine.errorOf(clock));
});

test('the next refresh is due in 10 s, or in 100 ms if the anchor is less certain than 20 microseconds', () => {
  for (const [readingMs, dueMs] of [
    [0.001, 10_000],
    [0.0039, 10_000],
    [0.0041, 100],
    [0.01, 100],
  ] as const)
    assert.equal(clockOn(readingMs).clock.refresh(), dueMs, `${readingMs} ms`);
});

test('the clock of this machine gives microseconds that agree with its milliseconds', () => {
  const fractions = new Set<number>();
  const wrong: number[] = [];
  for (let i = 0; i < 1_000; i += 1) {
    const before = Date.now();
    const micros = i % 2 === 0 ? nowMicros() : systemClock.micros();
    const after = Date.now();
    assert.ok(Number.isSafeInteger(micros));
    // 2 ms is how far the system clock may be corrected before this clock follows at once.
    if (micros < before * 1_000 - 2_000 || micros > after * 1_000 + 2_000) wrong.push(micros - after * 1_000);
    fractions.add(micros % 1_000);
  }
  // A process that is interrupted repeatedly while it waits for the next millisecond gives up.
  assert.ok(wrong.length <= 10, `${wrong.length} readings are wrong, by ${wrong} microseconds`);
  assert.ok(fractions.size > 10, `${fractions.size} different fractions of a millisecond`);
});

test('the monotonic clock of this machine gives milliseconds', () => {
  const before = performance.now();
  const now = systemClock.now();
  assert.ok(before <= now && now <= performance.now());
});

test('a timer of this machine fires once, unless it is canceled', async () => {
  const fired: string[] = [];
  const cancel = systemClock.after(1, () => fired.push('canceled'));
  systemClock.after(1, () => fired.push('first'));
  cancel();
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  assert.deepEqual(fired, ['first']);
});

test('the first use of the clock of this machine starts one timer that refreshes it repeatedly', async (t) => {
  // Another instance of the module, because the one above is in use. Its timer must not fire while timers are replaced, so
  // nothing is awaited from then on.
  const { systemClock }: { systemClock: Clock } = await import(`${clockModule}?unused`);
  const timers: { refresh: () => void; ms: number }[] = [];
  t.mock.method(globalThis, 'setTimeout', ((refresh: () => void, ms: number) => {
    timers.push({ refresh, ms });
    return { unref() {} };
  }) as never);
  for (let i = 0; i < 3; i += 1) systemClock.micros();
  assert.equal(timers.length, 1);
  timers[0]?.refresh();
  assert.equal(timers.length, 2);
  for (const { ms } of timers) assert.ok(ms === 10_000 || ms === 100, `${ms} ms`);
});

test('the timer of the clock does not keep a process alive', () => {
  const source = `import { nowMicros } from '${clockModule}'; process.stdout.write(String(nowMicros() > 0));`;
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([stdout, signal], ['true', null]);
});

test('sleep ends after its time, and not before', async () => {
  const clock = new ManualClock();
  let ended = false;
  const sleeping = sleep(clock, 100, new AbortController().signal).then(() => {
    ended = true;
  });
  clock.advance(99);
  await Promise.resolve();
  assert.deepEqual([ended, clock.timers], [false, 1]);
  clock.advance(1);
  await sleeping;
});

test('sleep ends when its signal aborts, and leaves no timer and no listener', async () => {
  const clock = new ManualClock();
  const aborter = new AbortController();
  const sleeping = sleep(clock, 100, aborter.signal);
  aborter.abort();
  await sleeping;
  assert.equal(clock.timers, 0);
  await sleep(clock, 100, aborter.signal);
  assert.equal(clock.timers, 0);

  const { signal } = new AbortController();
  const inTime = sleep(clock, 100, signal);
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  clock.advance(100);
  await inTime;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});
