/**
 * Wall clock in microseconds.
 *
 * Node offers no such clock: `Date.now()` stops at milliseconds, and `performance.timeOrigin + performance.now()`
 * never follows a correction of the system clock, so two processes started an hour apart drift apart. This one
 * reads the millisecond at which `Date.now()` turns over, and counts on from there with the monotonic clock.
 */

/** How long one anchor is trusted. A quartz clock drifts at most about 100 ppm, so 1 ms in this time. */
const ANCHOR_LIFETIME_MS = 10_000;
/** An estimate this far from `Date.now()` means that the system clock was set: anchor again at once. */
const STEP_MICROS = 2_000;

interface Anchor {
  wallMicros: number;
  monotonicMs: number;
}

let anchor = takeAnchor();
// Not in the path of a read or a write: anchoring waits for up to one millisecond.
setInterval(() => {
  anchor = takeAnchor();
}, ANCHOR_LIFETIME_MS).unref();

/** Unix time in whole microseconds, a safe integer until the year 2255. */
export function nowMicros(): number {
  const estimate = elapsedSince(anchor);
  if (Math.abs(estimate - Date.now() * 1000) > STEP_MICROS) {
    anchor = takeAnchor();
    return elapsedSince(anchor);
  }
  return estimate;
}

function elapsedSince({ wallMicros, monotonicMs }: Anchor): number {
  return Math.round(wallMicros + (performance.now() - monotonicMs) * 1000);
}

function takeAnchor(): Anchor {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return { wallMicros: now * 1000, monotonicMs: performance.now() };
}
