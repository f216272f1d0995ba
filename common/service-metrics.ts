/** Serves the metrics of a service, those that every process has and those that the service adds, and its events. */
import { readFileSync } from 'node:fs';
import type { Tap } from './logger.ts';
import { Metrics } from './metrics.ts';
import { serve } from './metrics-server.ts';
import type { Node } from './nodes.ts';
import { ServiceEvents } from './service-events.ts';
import type { ServiceRow } from './services.ts';

/** @throws SettingsError if the process cannot listen at the address. */
export async function serveService(
  address: Node,
  service: string,
  { role, client }: ServiceRow,
  tap: Tap,
): Promise<{ metrics: Metrics; close: () => void }> {
  const metrics = new Metrics(service);
  addProcessMetrics(metrics, client);
  const events = new ServiceEvents(service, role, metrics, tap);
  return { metrics, close: await serve(address, metrics, { '/events': events.route }) };
}

/**
 * Adds version, CPU time, memory, and start time. Not prom-client's default metrics: their timer for the delay of the event
 * loop wakes an idle process 100 times a second.
 * @param client an npm package, or `toolkit` for the client of this project.
 */
export function addProcessMetrics(metrics: Metrics, client: string): void {
  const { version, dependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const labels = { version, client: [client, dependencies[client]].filter(Boolean).join(' ') };
  metrics.gauge('mesh_build_info', 'Version of the project, and client library.', Object.keys(labels), () => [
    [labels, 1],
  ]);
  const startedAt = Date.now() / 1000 - process.uptime();
  metrics.counter('process_cpu_seconds_total', 'CPU time of the process.', [], () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge('process_resident_memory_bytes', 'Resident memory of the process.', [], () =>
    process.memoryUsage.rss(),
  );
  metrics.gauge('process_start_time_seconds', 'Unix time of the start of the process.', [], () => startedAt);
}
