/** npm run table */
import { Command } from 'commander';
import { config } from 'dotenv';
import { createLogger } from '../common/logger.ts';
import { serve } from '../common/metrics-server.ts';
import { describeSettings } from '../common/settings.ts';
import { EXIT, runTool, type ToolRun } from '../toolkit/run-tool.ts';
import { AccessFile } from './access-file.ts';
import { Calls } from './calls.ts';
import { Gateway } from './gateway.ts';
import { HomeNode } from './home-node.ts';
import { createMetrics } from './metrics.ts';
import { readTableSettings, USED } from './settings.ts';

const ABOUT =
  'Offers the TABLE commands to clients of KeyDB, Valkey, and Redis. All other commands pass to the home node unchanged.';

const TOOLS = `Tools, each with its own --help:
  npm run table -- export <namespace.table>  writes a table to a file
  npm run table -- import <file>             inserts the rows of a file into a table`;

/** Time for replies in flight when the gateway stops, in milliseconds: half of the documented two seconds. */
const STOP_MS = 1_000;

if (process.argv[2] === 'export' || process.argv[2] === 'import') {
  // Loaded only here, because the gateway needs none of their libraries.
  const { runExport, runImport } = await import('./transfer/tool.ts');
  await runTool(process.argv[2] === 'export' ? runExport : runImport);
}

// Exits like a service: with 0 after a signal, with 1 on an error.
await runTool(async (run) => {
  new Command('npm run table --')
    .exitOverride()
    .description(ABOUT)
    .addHelpText('after', `\n${TOOLS}\n\n${describeSettings(USED)}`)
    .parse();
  config({ quiet: true });
  await startGateway(run);
  return EXIT.holds;
}, 1);

/** Runs the gateway until the signal. @throws SettingsError */
async function startGateway({ signal, cleanups }: ToolRun): Promise<void> {
  const settings = readTableSettings(process.env);
  const log = createLogger(settings);
  const calls = new Calls(settings.TABLE_STRICT, settings.TABLE_SCAN_LIMIT);
  const home = new HomeNode(settings, calls, log, signal);
  const access = settings.TABLE_ACL_FILE === '' ? undefined : new AccessFile(settings.TABLE_ACL_FILE);
  const gateway = new Gateway(settings, calls, home, log, access);
  if (settings.METRICS_PORT !== undefined) {
    const close = await serve(settings.METRICS_PORT, createMetrics(settings, gateway, home));
    cleanups.push(async () => close());
  }
  await gateway.listen();
  const unwatch = access?.watch(log);
  cleanups.push(async () => unwatch?.());
  const { SERVICE_NAME: service, HOME_NODE, WRITE_NODES, TABLE_PORT } = settings;
  const nodes = WRITE_NODES.map(({ name }) => name);
  log.info({ home: HOME_NODE.name, nodes, address: TABLE_PORT.name }, `Starting ${service}`);
  await home.run();
  await gateway.close(AbortSignal.timeout(STOP_MS));
  const { accepted: connections, requests, rejected } = gateway;
  log.info(
    { event: 'stopped', connections, requests, rejected, failovers: home.failovers },
    `${service} stopped`,
  );
}
