/** Reads the machine's monotonic clock, which all processes and threads share, unlike `performance.now()`. */

/** Returns microseconds since an arbitrary moment, with fractions. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
