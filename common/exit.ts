/** Ends a process on a signal, without losing its output. */

/** Signals this close together are one Ctrl-C: under npm it arrives twice, once from the terminal and once from npm. */
const SAME_SIGNAL_MS = 1_000;

/** Calls back on the first SIGINT, SIGTERM, or SIGHUP. A later signal exits at once with this code. */
export function onSignal(stop: (signal: NodeJS.Signals) => void, exitCode: number): void {
  let firstAt: number | undefined;
  const listen = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      stop(signal);
    } else if (now - firstAt > SAME_SIGNAL_MS) process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listen);
}

/**
 * Waits until everything that was written to stdout and stderr has been read, or its reader is gone. `process.exit` alone
 * drops all output that a pipe has not taken yet, which is everything after the first 65,536 bytes on Linux.
 */
export async function outputRead(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(written));
}

/** Writes are in order: the callback of an empty one follows all others. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // The reader may leave early, as head does.
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
