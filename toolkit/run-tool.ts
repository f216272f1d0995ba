/** Runs a tool and maps its result to an exit code. Handles errors, Ctrl-C, and output. */
import { CommanderError } from 'commander';
import { errorToJson } from '../lab/verifier/report/json.ts';
import { EXIT_CODES } from '../lab/verifier/report/result.ts';
import { Interrupted, NodeError, UsageError } from './node/errors.ts';

/** Under npm, one Ctrl-C arrives twice: from the terminal and from npm. A later Ctrl-C ends the process at once. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Runs a tool and sets the exit code it returns; 2 if it fails.
 * @param work must clean up and end early when the signal is aborted.
 */
export async function runTool(work: (signal: AbortSignal) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work(abortOnSignals());
  } catch (error) {
    // --help has already printed its text.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    fail(error);
  }
}

// A reader such as head may close the pipe early. That is not an error of this program.
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

/** Formats an error. An unknown error is a bug in this program, so DEBUG can print its stack. */
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
