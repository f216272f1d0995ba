/** The machine's monotonic clock: one for all its processes and threads, unlike `performance.now()`. */

/** Microseconds since an arbitrary moment, with fractions. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
