/** From a tool's work to its exit code: errors in one line, Ctrl-C, output. */
import { CommanderError } from 'commander';
import { Interrupted, NodeError, UsageError } from './node/errors.ts';
import { errorToJson } from './report/json.ts';
import { EXIT_CODES } from './report/result.ts';

/** Under npm, one Ctrl-C arrives twice: from the terminal, and passed on. Later ones mean "at once". */
const SAME_SIGNAL_MS = 1_000;

/**
 * Runs a tool and sets the exit code it returns; 2 if it fails.
 * @param work ends early, cleaning up, when the signal is aborted.
 */
export async function runTool(work: (signal: AbortSignal) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work(abortOnSignals());
  } catch (error) {
    // --help has printed what was asked for.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    fail(error);
  }
}

// Whoever reads the output may leave early, as head does: not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

export function print(text: string): void {
  process.stdout.write(text);
}

function fail(error: unknown): void {
  const message = messageOf(error);
  if (process.argv.includes('--json')) print(`${JSON.stringify(errorToJson(message))}\n`);
  process.stderr.write(`${message}\n`);
  process.exitCode = EXIT_CODES.unknown;
}

/** What is none of the known errors is a fault of this program: its stack says where, if asked for. */
function messageOf(error: unknown): string {
  if (error instanceof NodeError || error instanceof UsageError || error instanceof Interrupted)
    return error.message;
  if (error instanceof Error && error.name === 'AbortError') return new Interrupted().message;
  if (process.env.DEBUG !== undefined && error instanceof Error) return error.stack ?? error.message;
  return `failed unexpectedly: ${error instanceof Error ? error.message : String(error)} (DEBUG=1 shows where)`;
}

function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (firstAt !== undefined && now - firstAt > SAME_SIGNAL_MS) process.exit(EXIT_CODES.unknown);
    firstAt ??= now;
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
