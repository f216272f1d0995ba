/** One line per event on standard output, for people or for programs. */
import { isatty } from 'node:tty';
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyLine } from './pretty.ts';
import type { Settings } from './settings.ts';

export type { Logger };

const STANDARD_OUTPUT = 1;

type LogSettings = Pick<Settings, 'SERVICE_NAME' | 'LOG_LEVEL' | 'LOG_FORMAT'>;

/**
 * Calls back with each line of level `info` or above, as JSON, independent of LOG_LEVEL and LOG_FORMAT. It does not change
 * the output of the logger. A logger has one tap at a time.
 * @returns a function that ends the tap.
 */
export type Tap = (onLine: (json: string) => void) => () => void;

/** Returns the logger alone, see `createTappedLogger`. */
export function createLogger(settings: LogSettings, output?: DestinationStream): Logger {
  return createTappedLogger(settings, output).log;
}

/**
 * Returns a logger that writes synchronously, so that the last line before an exit is not lost.
 * @param output receives the lines; standard output by default.
 */
export function createTappedLogger(
  settings: LogSettings,
  output: DestinationStream = pino.destination({ fd: STANDARD_OUTPUT, sync: true }),
): { log: Logger; tap: Tap } {
  const { LOG_LEVEL, LOG_FORMAT, SERVICE_NAME } = settings;
  let callback: ((json: string) => void) | undefined;
  const streams = pino.multistream<string>([
    { level: LOG_LEVEL, stream: LOG_FORMAT === 'pretty' ? pretty(settings, output) : output },
    { level: 'info', stream: { write: (json) => callback?.(json) } },
  ]);
  const log = pino({ level: LOG_LEVEL, base: { service: SERVICE_NAME } }, streams);
  const tap: Tap = (onLine) => {
    callback = onLine;
    if (!log.isLevelEnabled('info')) log.level = 'info';
    return () => {
      callback = undefined;
      log.level = LOG_LEVEL;
    };
  };
  return { log, tap };
}

function pretty({ LOG_LEVEL }: LogSettings, output: DestinationStream): DestinationStream {
  const options = {
    fields: LOG_LEVEL === 'debug' || LOG_LEVEL === 'trace',
    colors: isatty(STANDARD_OUTPUT),
  };
  return { write: (json) => output.write(prettyLine(json, options)) };
}
