/** The time that a service works with. Tests and the simulation pass a clock of their own instead of `systemClock`. */
export interface Clock {
  /** Unix time in whole microseconds, a safe integer until the year 2255. */
  micros(): number;
  /** Monotonic time in milliseconds. */
  now(): number;
  /**
   * Calls back once, after so many milliseconds.
   * @returns a function that cancels the call.
   */
  after(ms: number, callback: () => void): () => void;
}

/** How long an anchor is used, in milliseconds, and how soon one that is less certain than this is replaced. */
const LIFETIME_MS = 10_000;
const CERTAIN_MS = 0.02;
const RETRY_MS = 100;
/** A quartz clock drifts at most about 100 ppm, so 1 ms in the lifetime of an anchor. */
export const MAX_DRIFT = 1e-4;
/** An estimate this far from the system clock means that the system clock was set: take a new anchor at once. */
const STEP_MICROS = 2_000;
/** New anchors for one reading: if the process is interrupted while it takes one, that can be far off. */
const MAX_TRIES = 4;

/** The clocks of Node: Unix time in whole milliseconds, and monotonic milliseconds with fractions. */
export interface Sources {
  wallMs(): number;
  monotonicMs(): number;
}

/** One moment on both clocks, known to within ± `uncertaintyMs` / 2. */
interface Anchor {
  wallMs: number;
  monotonicMs: number;
  uncertaintyMs: number;
}

/**
 * Unix time in microseconds, which Node does not offer: `Date.now()` stops at milliseconds, and
 * `performance.timeOrigin + performance.now()` never follows a correction of the system clock, so two processes started
 * an hour apart drift apart. This clock watches `Date.now()` turn to its next millisecond, and adds the monotonic time
 * since then.
 */
export class WallClock {
  readonly #sources: Sources;
  #anchor: Anchor | undefined;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  micros(): number {
    this.#anchor ??= this.#firstAnchor();
    let micros = this.#estimate(this.#anchor);
    for (let tries = 1; tries < MAX_TRIES && this.#isWrong(micros); tries += 1) {
      this.#anchor = this.#watchTurn();
      micros = this.#estimate(this.#anchor);
    }
    return micros;
  }

  /**
   * Takes a new anchor if that is more certain than the current one, which drifts. Blocks for 1 ms, the first time up to
   * 4 ms, so it is called outside the path of a read or a write.
   * @returns the time until the next call, in milliseconds.
   */
  refresh(): number {
    const old = this.#anchor;
    const next = old ? this.#watchTurn() : this.#firstAnchor();
    const drift = old ? (next.monotonicMs - old.monotonicMs) * MAX_DRIFT : 0;
    if (!old || next.uncertaintyMs <= old.uncertaintyMs + drift) this.#anchor = next;
    return next.uncertaintyMs <= CERTAIN_MS ? LIFETIME_MS : RETRY_MS;
  }

  /** Takes new anchors until one is certain: a process that has just started is interrupted more often. */
  #firstAnchor(): Anchor {
    let best = this.#watchTurn();
    for (let tries = 1; tries < MAX_TRIES && best.uncertaintyMs > CERTAIN_MS; tries += 1) {
      const next = this.#watchTurn();
      if (next.uncertaintyMs < best.uncertaintyMs) best = next;
    }
    return best;
  }

  #isWrong(micros: number): boolean {
    return Math.abs(micros - this.#sources.wallMs() * 1000) > STEP_MICROS;
  }

  #estimate({ wallMs, monotonicMs }: Anchor): number {
    return Math.round((wallMs + this.#sources.monotonicMs() - monotonicMs) * 1000);
  }

  /** Waits for the turn: it comes after the last reading that was not turned, and before the first one that is. */
  #watchTurn(): Anchor {
    const { wallMs: wall, monotonicMs: monotonic } = this.#sources;
    for (let before = monotonic(), start = wall(), earliest = before; ; earliest = before) {
      before = monotonic();
      const now = wall();
      const latest = monotonic();
      if (now === start) continue;
      return { wallMs: now, monotonicMs: (earliest + latest) / 2, uncertaintyMs: latest - earliest };
    }
  }
}

const wallClock = new WallClock({ wallMs: () => Date.now(), monotonicMs: () => performance.now() });
let refreshing = false;

/** The clock of this machine. Its first use of `micros` starts a timer that keeps it accurate. */
export const systemClock: Clock = {
  micros() {
    if (!refreshing) {
      refreshing = true;
      refreshForever();
    }
    return wallClock.micros();
  },
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Unix time in whole microseconds, by the clock of this machine. */
export function nowMicros(): number {
  return systemClock.micros();
}

function refreshForever(): void {
  setTimeout(refreshForever, wallClock.refresh()).unref();
}

/** Waits for so many milliseconds, or until a signal aborts if that is sooner. */
export function sleep(clock: Clock, ms: number, ...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve();
    const end = () => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    for (const signal of signals) signal.addEventListener('abort', end);
  });
}
