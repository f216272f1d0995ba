/** The metrics of a node that come from INFO: one row per metric. A field that a server lacks gives no value. */
import type { Metrics } from '../common/metrics.ts';
import type { Info } from '../toolkit/node/info.ts';
import type { NodeState } from './mesh-state.ts';

type Read = (info: Info) => number | undefined;

/** Reads a number. Redis and KeyDB do not have all fields in common. */
const field =
  (name: string): Read =>
  ({ fields }) => {
    const text = fields.get(name);
    return text === undefined ? undefined : Number(text);
  };

const GAUGES: Record<string, [help: string, read: Read]> = {
  keydb_memory_used_bytes: [
    'Memory that the node has allocated, including its backlog.',
    field('used_memory'),
  ],
  keydb_memory_rss_bytes: ['Resident memory of the node.', field('used_memory_rss')],
  keydb_memory_max_bytes: ['Limit of the memory (maxmemory). 0: no limit.', field('maxmemory')],
  keydb_backlog_bytes: ['Size of the backlog for partial resynchronizations.', field('repl_backlog_size')],
  keydb_clients: ['Connected clients, without replicas.', field('connected_clients')],
  keydb_loading: ['Whether the node loads its data.', ({ loading }) => Number(loading)],
  keydb_last_save_ok: ['Whether the last snapshot was saved.', ({ saved }) => Number(saved)],
  keydb_uptime_seconds: ['Time since the start of the node.', field('uptime_in_seconds')],
};

const COUNTERS: Record<string, [help: string, read: Read]> = {
  keydb_commands_total: ['Processed commands.', field('total_commands_processed')],
  keydb_error_replies_total: ['Error replies to clients.', field('total_error_replies')],
  keydb_net_input_bytes_total: ['Bytes received.', field('total_net_input_bytes')],
  keydb_net_output_bytes_total: ['Bytes sent.', field('total_net_output_bytes')],
  keydb_cpu_seconds_total: ['CPU time of all threads of the node.', ({ cpuSeconds }) => cpuSeconds],
};

/** Value of the label `kind`, and the field of INFO. */
const RESYNCS = { full: 'sync_full', partial: 'sync_partial_ok', denied: 'sync_partial_err' };

/** @param nodes returns the current state of all nodes. */
export function addNodeMetrics(metrics: Metrics, nodes: () => NodeState[]): void {
  const byNode = (read: Read) => () =>
    nodes().flatMap(({ name: node, reading }) => {
      const value = reading && read(reading.info);
      return value === undefined ? [] : [[{ node }, value] as const];
    });
  for (const [name, [help, read]] of Object.entries(GAUGES))
    metrics.gauge(name, help, ['node'], byNode(read));
  for (const [name, [help, read]] of Object.entries(COUNTERS))
    metrics.counter(name, help, ['node'], byNode(read));
  metrics.counter(
    'keydb_resyncs_total',
    'Resynchronizations of replicas. denied: a partial one was not possible.',
    ['node', 'kind'],
    () =>
      nodes().flatMap(({ name: node, reading }) =>
        Object.entries(RESYNCS).flatMap(([kind, name]) => {
          const value = reading && field(name)(reading.info);
          return value === undefined ? [] : [[{ node, kind }, value] as const];
        }),
      ),
  );
}
