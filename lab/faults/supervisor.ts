/** Starts and stops the nodes of a mesh. Restarts a node that crashes, as a container engine does. */
import type { Mesh, NodeProcess } from '../../operate/local/index.ts';
import type { Recorder } from './services/recorder.ts';

/** KeyDB sometimes fails to start with a recent snapshot, and succeeds on the next attempt. */
const TRIES = 3;

export class Supervisor {
  readonly #mesh: Mesh;
  readonly #addresses: readonly string[];
  readonly #recorder: Pick<Recorder, 'incident'>;
  /** Nodes that the lab keeps down. */
  readonly #down = new Set<number>();
  /** Pending starts. */
  readonly #starting = new Set<Promise<void>>();
  #ended = false;

  /** @param addresses of the nodes, as clients use them. */
  constructor(mesh: Mesh, addresses: readonly string[], recorder: Pick<Recorder, 'incident'>) {
    this.#mesh = mesh;
    this.#addresses = addresses;
    this.#recorder = recorder;
  }

  /** Starts all nodes, and waits until their replication links are up. */
  async start(): Promise<void> {
    await this.#tracked(this.#mesh.start());
    for (const number of this.#mesh.nodes.keys()) this.#watch(number);
  }

  node(number: number): NodeProcess {
    const node = this.#mesh.nodes[number];
    if (!node) throw new Error(`there is no node ${number + 1}`);
    return node;
  }

  async kill(number: number): Promise<void> {
    this.#down.add(number);
    await this.node(number).kill();
    this.#record(number, 'killed', 'was killed by the lab');
  }

  async stop(number: number): Promise<void> {
    this.#down.add(number);
    await this.node(number).stop();
    this.#record(number, 'stopped', 'was stopped by the lab');
  }

  /** Starts a node that is down. @throws Error with the end of its log if all attempts fail. */
  async restart(number: number): Promise<void> {
    this.#down.add(number);
    // The process still runs if stopping it failed.
    await this.node(number).kill();
    for (let tries = 1; ; tries += 1) {
      if (this.#ended) return;
      try {
        await this.#tracked(this.node(number).start());
        break;
      } catch (error) {
        this.#record(number, 'exited', (error as Error).message);
        if (tries === TRIES) throw error;
      }
    }
    this.#down.delete(number);
    this.#record(number, 'started', 'was restarted');
    this.#watch(number);
  }

  /** Kills all nodes, including those that are still starting. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#killAll();
    await Promise.allSettled(this.#starting);
    await this.#killAll();
  }

  async #killAll(): Promise<void> {
    const started = this.#mesh.nodes.filter(({ pid }) => pid !== undefined);
    await Promise.all(started.map((node) => node.kill()));
  }

  async #tracked(start: Promise<void>): Promise<void> {
    this.#starting.add(start);
    try {
      await start;
    } finally {
      this.#starting.delete(start);
    }
  }

  #watch(number: number): void {
    void this.node(number)
      .exited()
      .then(async () => {
        if (this.#ended || this.#down.has(number)) return;
        this.#record(number, 'exited', `exited unexpectedly; its log: ${this.node(number).logFile}`);
        await this.restart(number).catch(() => {});
      });
  }

  #record(number: number, kind: 'killed' | 'stopped' | 'started' | 'exited', text: string): void {
    const address = this.#addresses[number] ?? '';
    this.#recorder.incident(address, kind, `${address} ${text}`);
  }
}
