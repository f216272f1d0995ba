/** The environment of a fault: a mesh on a network, the services, the lab's traffic, and the recorder. */
import { rm } from 'node:fs/promises';
import { OBSERVERS } from '../../common/services.ts';
import { type Layout, Mesh } from '../../operate/local/index.ts';
import type { Engine } from '../../toolkit/engine.ts';
import { Monitoring } from './alerts/monitoring.ts';
import type { Endpoints } from './alerts/prometheus.ts';
import { type Dice, oneOf } from './dice.ts';
import { temporaryFolder } from './leftovers.ts';
import type { Network } from './network/network.ts';
import { Recorder } from './services/recorder.ts';
import { type Chosen, type ServiceSettings, settingsOf } from './services/settings.ts';
import { Team } from './services/team.ts';
import { Supervisor } from './supervisor.ts';
import type { Timeline } from './timeline.ts';
import { until } from './until.ts';
import { Traffic } from './workload/traffic.ts';

/** Generous limit for starting a mesh and the services. */
const STEADY_DEADLINE_MS = 30_000;

export interface SceneOptions {
  engine: Engine;
  layout: Layout;
  network: Network;
  timeline: Timeline;
  signal: AbortSignal;
  /** Offset by which a fault sets clocks wrong; absent: no fault does. */
  skewMs?: number;
  /** Whether the lab sets keys on a restarted node at once: see `untilConfirmed`. */
  eager: boolean;
  /** Settings of the services that differ from the lab's defaults. */
  settings: Chosen;
  /** METRICS_PORT of the services and of the monitor; absent: the scene has no monitoring. */
  endpoints?: Endpoints;
}

export class Scene {
  readonly options: SceneOptions;
  readonly mesh: Mesh;
  readonly nodes: Supervisor;
  readonly team: Team;
  readonly traffic: Traffic;
  readonly recorder: Recorder;
  readonly settings: ServiceSettings;
  /** The monitor and Prometheus; only if the scene has endpoints. */
  readonly monitoring: Monitoring | undefined;
  readonly startedAt = Date.now() * 1000;
  /** Set in a random sequence, where it chooses the targets. */
  dice: Dice | undefined;
  /** Data about a full restart: see `History`. */
  restart: { persistedSeq?: number; restoredSeq?: Record<string, number | null> } = {};
  readonly #folder: string;

  private constructor(options: SceneOptions, folder: string) {
    const { engine, layout, network, timeline, skewMs, eager, settings, endpoints } = options;
    this.options = options;
    this.settings = settingsOf(settings);
    this.#folder = folder;
    this.recorder = new Recorder((incident) => timeline.incident(incident), skewMs);
    const placeOf = (port: number) => network.placeOf(port);
    this.mesh = new Mesh({ engine, layout, ports: network.ports, folder, placeOf });
    this.nodes = new Supervisor(this.mesh, network.addresses, this.recorder);
    this.traffic = new Traffic(this.writeNodes, eager ? 0 : network.addresses.length - 1);
    const shared = {
      network,
      recorder: this.recorder,
      nodes: network.addresses.join(','),
      writeNodes: this.writeNodes.join(','),
    };
    this.team = new Team({
      ...shared,
      settings,
      ...(endpoints && { metricsPorts: endpoints }),
      ...(skewMs !== undefined && { skewMs }),
    });
    this.monitoring = endpoints && new Monitoring({ ...shared, endpoints, folder });
  }

  /** Returns a scene without starting its processes. */
  static async prepare(options: SceneOptions): Promise<Scene> {
    return new Scene(options, await temporaryFolder());
  }

  get network(): Network {
    return this.options.network;
  }

  /** Returns the addresses of the nodes that accept writes: in a star only the primary. */
  get writeNodes(): readonly string[] {
    const { addresses } = this.network;
    return this.mesh.layout === 'star' ? addresses.slice(0, 1) : addresses;
  }

  /** Starts everything, and waits for a handshake from each observer. */
  async start(): Promise<void> {
    await this.nodes.start();
    this.options.signal.throwIfAborted();
    this.team.start();
    this.traffic.start();
    const inSwing = () =>
      OBSERVERS.every((name) => this.recorder.handshakes.some(({ observer }) => observer === name));
    if (!(await until(inSwing, STEADY_DEADLINE_MS, this.options.signal)))
      throw new Error(`not all observers wrote a handshake within ${STEADY_DEADLINE_MS / 1000} s`);
  }

  /** Returns the node that a service is connected to; in a random sequence, a random node. */
  nodeOf(service: string): number {
    const { addresses } = this.network;
    if (this.dice) return oneOf([...addresses.keys()], this.dice);
    return Math.max(0, addresses.indexOf(this.recorder.nodeOf(service) ?? ''));
  }

  /** Stops all processes and removes their folder. */
  async close(): Promise<void> {
    await this.monitoring?.stop();
    await this.traffic.stop();
    await this.team.stop();
    await this.nodes.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
