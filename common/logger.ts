/** One line per event on standard output, for people or for programs. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { pretty } from './pretty.ts';
import type { Settings } from './settings.ts';

export type { Logger };

/**
 * A logger that writes synchronously, so that the last line before an exit is not lost.
 * @param destination where the lines go; standard output by default.
 */
export function createLogger(
  settings: Pick<Settings, 'SERVICE_NAME' | 'LOG_LEVEL' | 'LOG_FORMAT'>,
  destination: DestinationStream = settings.LOG_FORMAT === 'pretty'
    ? pretty()
    : pino.destination({ fd: 1, sync: true }),
): Logger {
  return pino({ level: settings.LOG_LEVEL, base: { service: settings.SERVICE_NAME } }, destination);
}
