/**
 * From the command line to the exit code, the same for every service.
 *
 * Not close-with-grace, which does much of this: its second signal exits with 1 at once, and under `npm run` every
 * Ctrl-C arrives twice, once from the terminal and once passed on by npm.
 */
import { Command } from 'commander';
import { config } from 'dotenv';
import { createLogger, type Logger } from './logger.ts';
import { describeSettings, readSettings, type Service, type Settings, SettingsError } from './settings.ts';

/** Ends a service: finishes what is in flight, closes, logs its summary. By callback or by promise. */
export type Stop = (done: () => void) => Promise<void> | void;

/** A stop that hangs is cut off here, below the two seconds that are promised. */
const STOP_DEADLINE_MS = 1_800;
/** Signals this close together are one Ctrl-C. */
const SAME_SIGNAL_MS = 1_000;

/** Reads the settings and starts the service; exits 1 on wrong settings, 0 after a signal. */
export function run(service: Service, about: string, start: (settings: Settings, log: Logger) => Stop): void {
  new Command(service)
    .description(about)
    .addHelpText('after', `\n${describeSettings()}`)
    .allowExcessArguments(false)
    .parse();
  config({ quiet: true });
  const settings = orExit(() => readSettings(process.env, service));
  const log = createLogger(settings);
  log.info(
    { home: settings.HOME_NODE.name, nodes: settings.KEYDB_NODES.map((node) => node.name) },
    `Starting ${settings.SERVICE_NAME}`,
  );
  const stop = orExit(() => start(settings, log));
  stopOnSignal(log, stop);
}

function stopOnSignal(log: Logger, stop: Stop): void {
  let firstSignalAt: number | undefined;
  const exit = () => process.exit(0);
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstSignalAt !== undefined) {
      if (now - firstSignalAt > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    firstSignalAt = now;
    log.debug({ signal }, 'stopping');
    setTimeout(() => {
      log.error(`not stopped within ${STOP_DEADLINE_MS} ms, giving up`);
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    stop(exit)?.then(exit);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** What the function returns; wrong settings end the process with the error that names them. */
function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
