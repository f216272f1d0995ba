/** The system under test: three nodes as with `npm start`, and the services. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICES, type Service } from '../../common/services.ts';
import { Mesh } from '../../operate/local/index.ts';
import type { Engine } from '../../toolkit/engine.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import { Supervisor, Team, temporaryFolder } from '../faults/index.ts';
import type { LogReader } from './log-reader.ts';
import type { Subjects } from './sampler.ts';

export const NODE_NAMES = ['node 1', 'node 2', 'node 3'];
/** 50 writes/s, as in the fault lab and the benchmark. */
export const WRITE_INTERVAL_MS = 20;
const COLLECT_GARBAGE = pathToFileURL(join(root, 'dist/lab/soak/collect-garbage.js')).href;

export class System {
  readonly mesh: Mesh;
  readonly team: Team;
  readonly subjects: Subjects;
  readonly #nodes: Supervisor;
  readonly #folder: string;

  private constructor(engine: Engine, log: LogReader, folder: string, ports: readonly number[]) {
    this.#folder = folder;
    const [nodePorts, servicePorts] = [ports.slice(0, NODE_NAMES.length), ports.slice(NODE_NAMES.length)];
    this.mesh = new Mesh({ engine, ports: nodePorts, folder });
    this.#nodes = new Supervisor(this.mesh, NODE_NAMES, log);
    const metricsPorts = Object.fromEntries(
      SERVICES.map((service, i) => [service, String(servicePorts[i])]),
    ) as Record<Service, string>;
    this.team = new Team({
      network: { servicePrefix: [] },
      recorder: log,
      nodes: this.mesh.addresses,
      writeNodes: this.mesh.writable,
      settings: { WRITE_INTERVAL_MS: String(WRITE_INTERVAL_MS) },
      metricsPorts,
      preload: COLLECT_GARBAGE,
    });
    this.subjects = {
      pidOf: (service) => this.team.pidOf(service),
      takeLiveBytes: (service) => log.takeLiveBytes(service),
      nodes: Object.fromEntries(this.mesh.nodes.map((node, i) => [NODE_NAMES[i] ?? '', node])),
      metricsPorts,
    };
  }

  /** Returns the system without starting its processes. */
  static async prepare(engine: Engine, log: LogReader): Promise<System> {
    const ports = await freePorts(NODE_NAMES.length + SERVICES.length);
    return new System(engine, log, await temporaryFolder(), ports);
  }

  async start(): Promise<void> {
    await this.#nodes.start();
    this.team.start();
  }

  /** Runs a full garbage collection in each service, which then prints its live memory. */
  collectGarbage(): void {
    for (const service of SERVICES) this.team.signal(service, 'SIGURG');
  }

  /** Kills a node with SIGKILL. @param number of the node, from 0. */
  kill(number: number): Promise<void> {
    return this.#nodes.kill(number);
  }

  /** Starts a node that is down. @throws Error with the end of its log if all attempts fail. */
  restart(number: number): Promise<void> {
    return this.#nodes.restart(number);
  }

  /** Stops all processes and removes the data of the nodes. */
  async close(): Promise<void> {
    await this.team.stop();
    await this.#nodes.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
