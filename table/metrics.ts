/** The metrics of the gateway. */
import { Metrics } from '../common/metrics.ts';
import { addProcessMetrics } from '../common/service-metrics.ts';
import type { Gateway } from './gateway.ts';
import type { HomeNode } from './home-node.ts';
import type { TableSettings } from './settings.ts';

export function createMetrics(
  { SERVICE_NAME, WRITE_NODES }: TableSettings,
  gateway: Gateway,
  home: HomeNode,
): Metrics {
  const metrics = new Metrics(SERVICE_NAME);
  addProcessMetrics(metrics, 'toolkit');
  metrics.notReady = () => (home.current === undefined ? home.problem : undefined);
  metrics.gauge('table_home', 'Whether the node is the home node.', ['node'], () =>
    WRITE_NODES.map(({ name: node }) => [{ node }, Number(node === home.current?.node.name)] as const),
  );
  metrics.counter('table_failovers_total', 'Changes from a lost home node to the next one.', [], () => {
    return home.failovers;
  });
  metrics.gauge('table_connections', 'Open connections of clients.', [], () => gateway.connections);
  metrics.counter('table_connections_total', 'Connections of clients that were accepted.', [], () => {
    return gateway.accepted;
  });
  metrics.counter(
    'table_requests_total',
    'Requests: table (TABLE commands), answered (by the gateway), passed (unchanged to the node).',
    ['kind'],
    () => Object.entries(gateway.requests).map(([kind, count]) => [{ kind }, count] as const),
  );
  metrics.counter(
    'table_rejected_total',
    'Connections that were closed because of a limit, and requests that access rules forbid (access).',
    ['limit'],
    () => Object.entries(gateway.rejected).map(([limit, count]) => [{ limit }, count] as const),
  );
  return metrics;
}
