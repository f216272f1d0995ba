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

/** How far apart the two clocks may be read, in milliseconds, and how often that is tried. */
const GOOD_ENOUGH_MS = 0.02;
const MAX_TRIES = 4;

interface Anchor {
  wallMicros: number;
  monotonicMs: number;
}

let anchor = takeAnchor();
// Not in the path of a read or a write: anchoring waits for a millisecond or more.
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

/** The best of a few tries: being interrupted between the two clocks would shift every reading until the next anchor. */
function takeAnchor(): Anchor {
  let best = seeTurn();
  for (let tries = 1; best.uncertaintyMs > GOOD_ENOUGH_MS && tries < MAX_TRIES; tries += 1) {
    const other = seeTurn();
    if (other.uncertaintyMs < best.uncertaintyMs) best = other;
  }
  return best;
}

/** Waits, for a millisecond at most, until `Date.now()` turns over. */
function seeTurn(): Anchor & { uncertaintyMs: number } {
  const start = Date.now();
  for (let before = performance.now(); ; ) {
    const now = Date.now();
    const after = performance.now();
    if (now !== start) return { wallMicros: now * 1000, monotonicMs: before, uncertaintyMs: after - before };
    before = after;
  }
}
