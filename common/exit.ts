/** Ends a process without losing its output. */

/**
 * Exits once everything that was written to stdout and stderr has been read, or its reader is gone. `process.exit` alone
 * drops all output that a pipe has not taken yet, which is everything after the first 65,536 bytes on Linux.
 * @param code the exit code.
 */
export async function exitWhenWritten(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(code);
}

/** Writes are in order: the callback of an empty one follows all others. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // The reader may leave early, as head does.
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
