/** Processes that a tool starts and stops itself. */

/**
 * Options of execa for a process that a tool starts and stops itself. It has its own process group, so that Ctrl-C reaches
 * only the tool, which then ends its processes in order.
 */
export const OWN_GROUP = {
  detached: true,
  cleanup: false,
  reject: false,
  stdin: 'ignore',
  buffer: false,
} as const;

/** The part of an execa process that `killOnExit` uses. */
interface Started {
  kill(signal: NodeJS.Signals): unknown;
  finally(done: () => void): unknown;
}

/** Kills a process with SIGKILL if the tool exits before it: with OWN_GROUP, execa does not. */
export function killOnExit(started: Started): void {
  const kill = () => started.kill('SIGKILL');
  process.once('exit', kill);
  void started.finally(() => process.removeListener('exit', kill));
}
