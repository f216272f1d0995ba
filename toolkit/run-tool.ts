/** Runs a tool until its exit code. Signals, cleanups, errors, and output work the same way in all tools. */
import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import { onSignal, outputRead } from '../common/exit.ts';
import { Interrupted } from './node/errors.ts';
import { Progress } from './progress.ts';

/** Exit codes of all tools. `npm start` and `npm run cluster` are no checks: they exit like a service, 1 on an error. */
export const EXIT = { holds: 0, finding: 1, unknown: 2 } as const;

/** Errors of the language: a defect of this program, unlike an error that names a setting, a node, or a file. */
const DEFECTS = [TypeError, ReferenceError, RangeError, SyntaxError];

const progress = new Progress(process.stderr);

export interface ToolRun {
  progress: Progress;
  /** Aborted by SIGINT, SIGTERM, and SIGHUP, by an uncaught error, and if the reader of the output is gone. */
  signal: AbortSignal;
  /** Functions that stop or remove what was started. Add each before its start; the last one runs first. */
  cleanups: (() => Promise<void>)[];
}

/**
 * Runs the work, then its cleanups, and exits with the code that the work returns. Prints each error in one line.
 * @param work ends early when the signal is aborted. It may ignore the signal if it always ends within seconds.
 * @param failed exit code after an error, and after a second signal, which skips the cleanups.
 */
export async function runTool(
  work: (run: ToolRun) => Promise<number>,
  failed: number = EXIT.unknown,
): Promise<never> {
  const ending = new AbortController();
  // Every pending wait adds an abort listener. Disable Node's leak warning for this signal.
  setMaxListeners(0, ending.signal);
  const [cleanups, errors]: [ToolRun['cleanups'], unknown[]] = [[], []];
  const end = (error?: NodeJS.ErrnoException) => {
    // A reader such as head may close the pipe early. That is not an error of this program.
    if (error && error.code !== 'EPIPE') errors.push(error);
    ending.abort();
  };
  onSignal(() => end(), failed);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', end);
  process.on('uncaughtException', end);
  const code = await work({ progress, signal: ending.signal, cleanups }).catch((error) => {
    // --help has already printed its text.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.holds;
    errors.push(error);
    if (process.argv.includes('--json'))
      print(`${JSON.stringify({ verdict: 'unknown', error: messageOf(error) })}\n`);
    return failed;
  });
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop())
    await cleanup().catch((error) => errors.push(error));
  progress.clear();
  for (const error of errors) progress.say(messageOf(error));
  await outputRead();
  process.exit(errors.length > 0 ? failed : code);
}

/** Waits for the work or for the signal. @returns whether the signal came first; later errors of the work are ignored. */
export function interrupted(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const aborted = new Promise<true>((resolve) => {
    if (signal.aborted) resolve(true);
    signal.addEventListener('abort', () => resolve(true));
  });
  return Promise.race([aborted, work.then(() => false)]);
}

/** Prints a result to stdout. */
export function print(text: string): void {
  progress.clear();
  process.stdout.write(text);
}

/** Formats an error in one line. DEBUG prints the stack instead. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return new Interrupted().message;
  if (process.env.DEBUG !== undefined && error.stack !== undefined) return error.stack;
  const line = error.message.trim().replaceAll(/\s*\n\s*/g, ' ');
  const defect = DEFECTS.some((kind) => error instanceof kind);
  return defect ? `failed unexpectedly: ${line} (DEBUG=1 shows where)` : line;
}
