/** The services of a run. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICES, type Service } from '../../../common/services.ts';
import { root } from '../../../toolkit/root.ts';
import type { Network } from '../network/network.ts';
import { LabService } from './lab-service.ts';
import type { Recorder } from './recorder.ts';
import { type Chosen, environmentOf } from './settings.ts';

/** So long that the writer writes only once, and then only watches its key. */
const NO_MORE_WRITES_MS = 3_600_000;
const SKEWABLE_CLOCK = pathToFileURL(join(root, 'dist/lab/faults/services/skewable-clock.js')).href;

export interface TeamOptions {
  network: Pick<Network, 'servicePrefix'>;
  recorder: Pick<Recorder, 'line' | 'incident'>;
  /** Value of KEYDB_NODES. */
  nodes: string;
  /** Value of WRITE_NODES. */
  writeNodes: string;
  /** Settings that differ from the lab's defaults. */
  settings: Chosen;
  /** Offset by which a fault will set a service's clock ahead; absent: no fault does. */
  skewMs?: number;
  /** Value of METRICS_PORT of each service; absent: the services serve no metrics. */
  metricsPorts?: Record<Service, string>;
  /** Module that each service loads first; absent: none, or the clock that a fault sets wrong. */
  preload?: string;
}

export class Team {
  readonly #options: TeamOptions;
  readonly #running = new Map<Service, LabService>();
  #settings: Chosen;

  constructor(options: TeamOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  start(): void {
    for (const service of SERVICES) this.startOne(service);
  }

  startOne(service: Service): void {
    const { network, recorder, nodes, writeNodes, skewMs, metricsPorts, preload } = this.#options;
    this.#running.set(
      service,
      new LabService({
        service,
        prefix: network.servicePrefix,
        env: {
          ...environmentOf(this.#settings),
          KEYDB_NODES: nodes,
          WRITE_NODES: writeNodes,
          // The writer logs the outcome of each failed write at this level.
          LOG_LEVEL: service === 'writer' ? 'debug' : 'info',
          ...(metricsPorts && { METRICS_PORT: metricsPorts[service] }),
          ...(skewMs !== undefined && { CLOCK_SKEW_MS: String(skewMs) }),
        },
        ...(preload !== undefined && { preload }),
        ...(skewMs !== undefined && { preload: SKEWABLE_CLOCK }),
        onLine: (line) => recorder.line(service, line),
        onExit: (how) => recorder.incident(service, 'exited', `${service} ended with ${how}`),
      }),
    );
  }

  /** Returns the process ID of a service; `undefined` if it does not run. */
  pidOf(service: Service): number | undefined {
    return this.#running.get(service)?.pid;
  }

  async kill(service: Service): Promise<void> {
    await this.#running.get(service)?.kill();
    this.#running.delete(service);
    this.#options.recorder.incident(service, 'killed', `${service} was killed by the lab`);
  }

  signal(service: Service, name: NodeJS.Signals): void {
    this.#running.get(service)?.signal(name);
  }

  /** Starts a writer that writes once, and then only watches its key. */
  startQuietWriter(): void {
    this.#settings = { ...this.#settings, WRITE_INTERVAL_MS: String(NO_MORE_WRITES_MS) };
    this.startOne('writer');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((service) => this.stopOne(service)));
  }

  /** Stops a service with SIGTERM. Records an incident if it does not exit with 0. */
  async stopOne(service: Service): Promise<void> {
    const how = await this.#running.get(service)?.stop();
    this.#running.delete(service);
    if (how !== 0 && how !== undefined) {
      this.#options.recorder.incident(
        service,
        'exited',
        `${service} ended with ${how} instead of a clean stop`,
      );
    }
  }
}
