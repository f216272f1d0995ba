/** npm run monitor */
import { once } from 'node:events';
import { Command } from 'commander';
import { config } from 'dotenv';
import { createTappedLogger } from '../common/logger.ts';
import { serve } from '../common/metrics-server.ts';
import { describeSettings } from '../common/settings.ts';
import { EXIT, interrupted, runTool } from '../toolkit/run-tool.ts';
import { openAsMonitor } from './connect.ts';
import { LivePage } from './live/live-page.ts';
import { MeshWatch } from './mesh-watch.ts';
import { createMetrics } from './metrics.ts';
import { readMonitorSettings, USED } from './settings.ts';

const ABOUT =
  'Watches all nodes and their replication links, and serves what it sees as metrics and as a live page.';

// Exits like a service: with 0 after a signal, with 1 on an error.
await runTool(async ({ signal, cleanups }) => {
  new Command('npm run monitor --')
    .exitOverride()
    .description(ABOUT)
    .addHelpText('after', `\n${describeSettings(USED)}`)
    .parse();
  config({ quiet: true });
  const settings = readMonitorSettings(process.env);
  const { log, tap } = createTappedLogger(settings);
  const mesh = new MeshWatch(settings, openAsMonitor(settings, signal), log, signal);
  const { metrics, events } = createMetrics(settings.SERVICE_NAME, () => mesh.state);
  const page = new LivePage(settings, () => mesh.state, signal);
  tap((json) => page.addOwnLine(json));
  const close = await serve(settings.METRICS_PORT, metrics, page.routes);
  cleanups.push(async () => close());
  const { name: address } = settings.METRICS_PORT;
  log.info(
    { nodes: settings.KEYDB_NODES.map(({ name }) => name), address },
    `Starting ${settings.SERVICE_NAME}`,
  );
  const running = Promise.all([mesh.run({ ...events, onVisible: page.onVisible }), page.run()]);
  if (!(await interrupted(running, signal))) await once(signal, 'abort');
  log.info({ event: 'stopped' }, `${settings.SERVICE_NAME} stopped`);
  return EXIT.holds;
}, 1);
