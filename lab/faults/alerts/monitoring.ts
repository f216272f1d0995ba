/** The monitor and Prometheus next to a scene. */
import { join } from 'node:path';
import { SERVICES } from '../../../common/services.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import type { Network } from '../network/network.ts';
import { LabService } from '../services/lab-service.ts';
import type { Recorder } from '../services/recorder.ts';
import { environmentOf } from '../services/settings.ts';
import { type Endpoints, Prometheus } from './prometheus.ts';
import type { Span } from './record.ts';

export interface MonitoringOptions {
  network: Network;
  recorder: Recorder;
  endpoints: Endpoints;
  /** Values of KEYDB_NODES and WRITE_NODES. */
  nodes: string;
  writeNodes: string;
  folder: string;
}

/** Chooses METRICS_PORT of each service and of the monitor. Prometheus runs outside of the network, and reaches them. */
export async function chooseEndpoints({ serviceHost }: Network): Promise<Endpoints> {
  const names = [...SERVICES, 'monitor'] as const;
  const ports = await freePorts(names.length);
  return Object.fromEntries(names.map((name, i) => [name, `${serviceHost}:${ports[i]}`])) as Endpoints;
}

export class Monitoring {
  readonly #options: MonitoringOptions;
  readonly #prometheus: Prometheus;
  #monitor: LabService | undefined;

  constructor(options: MonitoringOptions) {
    this.#options = options;
    this.#prometheus = new Prometheus(join(options.folder, 'prometheus'));
  }

  /** Starts the monitor inside the network, where it measures from the place of a client, and Prometheus. */
  async start(signal: AbortSignal): Promise<void> {
    const { network, recorder, endpoints, nodes, writeNodes } = this.#options;
    let lastLine = '';
    this.#monitor = new LabService({
      service: 'monitor',
      prefix: network.servicePrefix,
      env: {
        ...environmentOf({}),
        KEYDB_NODES: nodes,
        WRITE_NODES: writeNodes,
        PEER_NAMES: peerNames(network),
        METRICS_PORT: endpoints.monitor,
      },
      onLine: (line) => {
        lastLine = line;
      },
      onExit: (how) => recorder.incident('monitor', 'exited', `monitor ended with ${how}: ${lastLine}`),
    });
    await this.#prometheus.start(endpoints, signal);
  }

  /** Returns whether Prometheus has scraped the services and the monitor. */
  async scrapesAll(): Promise<boolean> {
    return (await this.#prometheus.targetsUp()) === Object.keys(this.#options.endpoints).length;
  }

  /** Returns all spans of pending and firing alerts between two times, in Unix seconds. */
  spans(from: number, to: number): Promise<Span[]> {
    return this.#prometheus.spans(from, to);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#monitor?.stop(), this.#prometheus.stop()]);
  }
}

/** Returns PEER_NAMES, because nodes reach each other at other addresses than clients do. */
function peerNames(network: Network): string {
  const { ports, addresses } = network;
  const pairs = ports.flatMap((to, i) => {
    const own = { host: network.placeOf(to).host ?? '127.0.0.1', port: to };
    const routes = ports.flatMap((from) => (from === to ? [] : (network.placeOf(from).routeTo?.(to) ?? [])));
    return [own, ...routes].map(({ host, port }) => `${host}:${port}=${addresses[i]}`);
  });
  return [...new Set(pairs)].join(',');
}
