/**
 * The node to which a service is connected, and how often the service has lost each node: log lines, readiness, and
 * metrics. The same for every service.
 */
import type { Logger } from './logger.ts';
import { reasonOf } from './lost-node.ts';
import type { Metrics } from './metrics.ts';
import type { Settings } from './settings.ts';

export class ConnectionLog {
  readonly #service: string;
  readonly #log: Logger;
  #connected: string | undefined;
  /** Why no node is connected. */
  #reason: string;
  /** By node, 0 at the start: Prometheus misses the first increment of a counter that appears with it. */
  readonly #losses: Map<string, number>;

  constructor({ SERVICE_NAME, KEYDB_NODES }: Settings, log: Logger) {
    this.#service = SERVICE_NAME;
    this.#log = log;
    this.#reason = `${SERVICE_NAME} has not connected to a node yet`;
    this.#losses = new Map(KEYDB_NODES.map(({ name }) => [name, 0]));
  }

  logConnected(node: string): void {
    this.#connected = node;
    this.#log.info({ event: 'connected', node }, `${this.#service} connected to ${node}`);
  }

  /** The connection to the node ended, or could not be made. */
  logLost(node: string, error: Error): void {
    const reason = reasonOf(error);
    const text = `${this.#service} lost ${node}: ${reason}`;
    this.#connected = undefined;
    this.#reason = text;
    this.#losses.set(node, (this.#losses.get(node) ?? 0) + 1);
    this.#log.warn({ event: 'lost', node, reason }, text);
  }

  exportTo(metrics: Metrics): void {
    const nodes = [...this.#losses.keys()];
    metrics.notReady = () => (this.#connected === undefined ? this.#reason : undefined);
    metrics.gauge('mesh_connected', 'Whether the service is connected to the node.', ['node'], () =>
      nodes.map((node) => [{ node }, Number(node === this.#connected)] as const),
    );
    metrics.counter(
      'mesh_losses_total',
      'Connections to the node that ended or could not be made.',
      ['node'],
      () => [...this.#losses].map(([node, count]) => [{ node }, count] as const),
    );
  }
}
