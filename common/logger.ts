/** One line per event on standard output, for people or for programs. */
import { isatty } from 'node:tty';
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyLine } from './pretty.ts';
import type { Settings } from './settings.ts';

export type { Logger };

const STANDARD_OUTPUT = 1;

type LogSettings = Pick<Settings, 'SERVICE_NAME' | 'LOG_LEVEL' | 'LOG_FORMAT'>;

/**
 * Returns a logger that writes synchronously, so that the last line before an exit is not lost.
 * @param output receives the lines; standard output by default.
 */
export function createLogger(
  settings: LogSettings,
  output: DestinationStream = pino.destination({ fd: STANDARD_OUTPUT, sync: true }),
): Logger {
  const destination = settings.LOG_FORMAT === 'pretty' ? pretty(settings, output) : output;
  return pino({ level: settings.LOG_LEVEL, base: { service: settings.SERVICE_NAME } }, destination);
}

function pretty({ LOG_LEVEL }: LogSettings, output: DestinationStream): DestinationStream {
  const options = {
    fields: LOG_LEVEL === 'debug' || LOG_LEVEL === 'trace',
    colors: isatty(STANDARD_OUTPUT),
  };
  return { write: (json) => output.write(prettyLine(json, options)) };
}
