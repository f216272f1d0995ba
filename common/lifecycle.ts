/**
 * From the command line to the exit code, the same for every service.
 *
 * Not close-with-grace, which does much of this: its second signal exits with 1 at once, and under `npm run` every
 * Ctrl-C arrives twice, once from the terminal and once from npm.
 */
import { Command } from 'commander';
import { config } from 'dotenv';
import { onSignal } from './exit.ts';
import { createTappedLogger, type Logger, type Tap } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { SERVICE_TABLE, type Service } from './services.ts';
import { describeSettings, readSettings, type Settings, SettingsError } from './settings.ts';

/**
 * Starts a service.
 * @param metrics receives the metrics of the service; `undefined` if METRICS_PORT is empty.
 */
export type Start = (settings: Settings, log: Logger, metrics?: Metrics) => Stop;
/** Ends a service: finishes what is in flight, closes, logs its summary. By callback or by promise. */
export type Stop = (done: () => void) => Promise<void> | void;

/** A stop that hangs is cut off here, below the documented limit of two seconds. */
const STOP_DEADLINE_MS = 1_800;
/**
 * Resident memory, in bytes, above which a service exits to be restarted: twice its usual peak. node-redis offers no
 * option that limits the size of a reply, so a hostile server could otherwise exhaust the machine's memory.
 */
const MAX_MEMORY = 192 * 2 ** 20;
/** At the speed of a loopback connection, memory grows by about 50 MB in this time. */
const MEMORY_INTERVAL_MS = 50;

/**
 * Reads the settings and starts the service. The process exits with 0 after a signal, and with 1 on wrong settings or on
 * an error that no part of the service handles.
 */
export async function run(service: Service, about: string, start: Start): Promise<void> {
  new Command(service).description(about).addHelpText('after', `\n${describeSettings()}`).parse();
  config({ quiet: true });
  try {
    await startService(service, start);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** @throws SettingsError if the settings are wrong, or if the service cannot listen at METRICS_PORT. */
async function startService(service: Service, start: Start): Promise<void> {
  const settings = readSettings(process.env, service);
  const { log, tap } = createTappedLogger(settings);
  exitOnDefect(log, settings.SERVICE_NAME);
  const served = await serveMetrics(service, settings, tap);
  log.info(
    { home: settings.HOME_NODE.name, nodes: settings.KEYDB_NODES.map((node) => node.name) },
    `Starting ${settings.SERVICE_NAME}`,
  );
  const stop = start(settings, log, served?.metrics);
  stopOnSignal(log, (done) => {
    served?.close();
    return stop(done);
  });
}

/** Serves the metrics if METRICS_PORT is set. Otherwise their code is not even loaded, because it takes memory. */
async function serveMetrics(service: Service, { METRICS_PORT, SERVICE_NAME }: Settings, tap: Tap) {
  if (METRICS_PORT === undefined) return undefined;
  const { serveService } = await import('./service-metrics.ts');
  return serveService(METRICS_PORT, SERVICE_NAME, SERVICE_TABLE[service], tap);
}

/** Logs an error of this project or of a library with its stack and exits with 1; a supervisor restarts the service. */
function exitOnDefect(log: Logger, service: string): void {
  const exit = (err: Error) => {
    const peakMemory = process.resourceUsage().maxRSS * 1024;
    const text = `${service} exits, because it cannot continue: ${err.stack}`;
    log.fatal({ event: 'fatal', peakMemory }, text);
    process.exit(1);
  };
  process.on('uncaughtException', exit);
  setInterval(() => {
    const memory = process.memoryUsage.rss();
    if (memory > MAX_MEMORY) exit(new Error(`it uses ${memory} bytes of memory, more than ${MAX_MEMORY}`));
  }, MEMORY_INTERVAL_MS).unref();
}

/** Stops on the first signal and exits with 0. The deadline exits with 1, and so does a second signal. */
export function stopOnSignal(log: Logger, stop: Stop, deadlineMs = STOP_DEADLINE_MS): void {
  const exit = () => process.exit(0);
  onSignal((signal) => {
    log.debug({ signal }, 'stopping');
    setTimeout(() => {
      log.error(`not stopped within ${deadlineMs} ms, giving up`);
      process.exit(1);
    }, deadlineMs).unref();
    stop(exit)?.then(exit);
  }, 1);
}
