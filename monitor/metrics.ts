/** The metrics of the monitor. All values come from the state of the mesh, so a scrape never waits for a node. */
import { type Labels, Metrics } from '../common/metrics.ts';
import { addProcessMetrics } from '../common/service-metrics.ts';
import type { Link, MeshState, NodeState, Pair, Reading, Replica } from './mesh-state.ts';
import type { MeshEvents } from './mesh-watch.ts';
import { addNodeMetrics } from './node-metrics.ts';

type Rows = (readonly [Labels, number])[];

/** @param state returns the current state of the mesh. */
export function createMetrics(
  service: string,
  state: () => MeshState,
): { metrics: Metrics; events: Pick<MeshEvents, 'onPing' | 'onCanary'> } {
  const metrics = new Metrics(service);
  metrics.notReady = () => {
    const unread = state().nodes.find(({ status }) => status === 'unknown');
    return unread && `node ${unread.name} ${unread.reason}`;
  };
  addProcessMetrics(metrics, 'toolkit');
  const nodes = () => state().nodes;
  addStatus(metrics, nodes);
  addNodeMetrics(metrics, nodes);
  addReadings(metrics, nodes);
  addLinks(metrics, state);
  addCanaries(metrics, state);
  const ping = metrics.histogram('keydb_ping_seconds', 'Round trip of PING.', ['node']);
  const canary = metrics.histogram(
    'mesh_canary_seconds',
    'Time from a write of the monitor on one node to its notification on another.',
    ['from', 'to'],
  );
  return {
    metrics,
    events: {
      onPing: (node, seconds) => ping(seconds, { node }),
      onCanary: ({ from, to }, seconds) => canary(seconds, { from, to }),
    },
  };
}

function addStatus(metrics: Metrics, nodes: () => NodeState[]): void {
  const known = () => nodes().filter(({ status }) => status !== 'unknown');
  metrics.gauge('keydb_up', 'Whether the node answers the monitor, and has loaded its data.', ['node'], () =>
    known().map(({ name: node, status }) => [{ node }, Number(status === 'up')] as const),
  );
  metrics.gauge(
    'keydb_down',
    '1 for the reason why a node is not up: unreachable, timeout, loading, rejected.',
    ['node', 'reason'],
    () =>
      known().flatMap(({ name: node, status }) =>
        status === 'up' ? [] : [[{ node, reason: status }, 1] as const],
      ),
  );
  metrics.gauge(
    'mesh_canary_ready',
    'Whether the monitor writes and receives canaries on the node.',
    ['node'],
    () => known().map(({ name: node, canary }) => [{ node }, Number(canary)] as const),
  );
}

/** Adds the metrics of a node that do not come from INFO. */
function addReadings(metrics: Metrics, nodes: () => NodeState[]): void {
  const byNode = (read: (reading: Reading) => number | undefined) => (): Rows =>
    nodes().flatMap(({ name: node, reading }) => {
      const value = reading && read(reading);
      return value === undefined ? [] : [[{ node }, value] as const];
    });
  metrics.counter(
    'keydb_slowlog_entries_total',
    'Commands that the node added to its slow log.',
    ['node'],
    byNode(({ slowCommands }) => slowCommands),
  );
  metrics.gauge(
    'mesh_node_seq',
    'Sequence number in the shared key of the node.',
    ['node'],
    byNode(({ value }) => value?.seq),
  );
  metrics.gauge(
    'mesh_node_value_timestamp_seconds',
    'Unix time of the write that the shared key of the node contains.',
    ['node'],
    byNode(({ value }) => value && (value.micros === undefined ? value.timestamp : value.micros / 1e6)),
  );
}

function addLinks(metrics: Metrics, state: () => MeshState): void {
  const labels = ['node', 'peer'];
  const byLink = (read: (link: Link) => boolean) => (): Rows =>
    state().links.map((link) => [{ node: link.node, peer: link.peer }, Number(read(link))]);
  const byReplica = (read: (replica: Replica) => number) => (): Rows =>
    state().replicas.map((replica) => [{ node: replica.node, peer: replica.peer }, read(replica)]);
  metrics.gauge(
    'keydb_link_up',
    'Whether the node receives from the peer, according to the node.',
    labels,
    byLink(({ status }) => status === 'up'),
  );
  metrics.gauge(
    'keydb_link_syncing',
    'Whether the node loads a full resynchronization from the peer.',
    labels,
    byLink(({ status }) => status === 'syncing'),
  );
  metrics.gauge(
    'keydb_replica_unacked_bytes',
    'Bytes that the node has replicated, and the peer has not confirmed.',
    labels,
    byReplica(({ unackedBytes }) => unackedBytes),
  );
  metrics.gauge(
    'keydb_replica_ack_age_seconds',
    'Time since the last confirmation of the peer, in whole seconds.',
    labels,
    byReplica(({ ackAgeSeconds }) => ackAgeSeconds),
  );
}

function addCanaries(metrics: Metrics, state: () => MeshState): void {
  const labels = ['from', 'to'];
  const byPair = (read: (pair: Pair) => number | undefined) => (): Rows =>
    state().pairs.flatMap((pair) => {
      const value = read(pair);
      return value === undefined ? [] : [[{ from: pair.from, to: pair.to }, value] as const];
    });
  metrics.counter(
    'mesh_canary_lost_total',
    'Canaries that a node did not announce, although the monitor was connected to both nodes.',
    labels,
    byPair(({ lost }) => lost),
  );
  metrics.gauge(
    'mesh_canary_jitter_seconds',
    'Smoothed difference between the latencies of consecutive canaries (RFC 3550).',
    labels,
    byPair(({ jitterSeconds }) => jitterSeconds),
  );
  metrics.counter(
    'mesh_canary_writes_total',
    'Canaries that the monitor wrote on the node.',
    ['from', 'outcome'],
    () =>
      state().writes.flatMap(({ from, acknowledged, rejected }) => [
        [{ from, outcome: 'acknowledged' }, acknowledged] as const,
        [{ from, outcome: 'rejected' }, rejected] as const,
      ]),
  );
}
