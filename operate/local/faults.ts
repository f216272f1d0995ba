/** Causes faults on the local nodes and their links, at a user's request. Each fault ends by itself. */
import type { ActiveFault, FaultRequest } from '../../toolkit/control-messages.ts';
import type { Links } from './links.ts';
import type { Mesh } from './mesh.ts';
import type { NodeProcess } from './node-process.ts';

/** What a fault does, and how it ends. */
interface Steps {
  inject(): Promise<unknown> | unknown;
  heal(): Promise<unknown> | unknown;
}

interface Running extends ActiveFault {
  /** Ends the fault. Absent while the fault begins or ends. */
  timer?: NodeJS.Timeout;
}

const STATES = { pause: 'paused', kill: 'killed', restart: 'being restarted', cut: 'cut' } as const;

export interface FaultOptions {
  mesh: Mesh;
  links: Links;
  /** From the start of a fault to its recovery. */
  seconds: number;
  /** Receives a line about each fault and each recovery. */
  say(line: string): void;
}

export class Faults {
  readonly #options: FaultOptions;
  /** Receives each change of `active`. */
  onChange: () => void = () => {};
  /** By the node, or by both nodes of a link. */
  readonly #running = new Map<string, Running>();
  readonly #steps = new Set<Promise<unknown>>();
  #stopped = false;

  constructor(options: FaultOptions) {
    this.#options = options;
  }

  get active(): ActiveFault[] {
    return [...this.#running.values()].map(({ timer, ...fault }) => fault);
  }

  /** Causes a fault. @returns after it has begun; after a restart, when the node answers. @throws Error with the remedy. */
  async cause(request: FaultRequest): Promise<void> {
    const steps = this.#stepsOf(request);
    const { action, node, peer = '' } = request;
    const place = action === 'cut' ? `the link between ${[node, peer].sort().join(' and ')}` : node;
    const earlier = this.#running.get(place);
    if (earlier && (action !== 'restart' || !earlier.timer))
      throw new Error(`${place} is ${STATES[earlier.action]} already: wait until it recovers`);
    if (this.#stopped) throw new Error('npm start is stopping: start it again');
    clearTimeout(earlier?.timer);

    const seconds = action === 'restart' ? 0 : this.#options.seconds;
    const running: Running = { ...request, until: Date.now() + seconds * 1_000 };
    this.#running.set(place, running);
    this.onChange();
    this.#options.say(`${place} is ${STATES[action]}${seconds > 0 ? `: it recovers in ${seconds} s` : ''}`);
    try {
      await this.#during(steps.inject());
    } catch (error) {
      this.#end(place);
      throw error;
    }
    if (seconds === 0) this.#end(place);
    else if (!this.#stopped)
      running.timer = setTimeout(() => this.#heal(place, running, steps), running.until - Date.now());
  }

  /** Ends no fault, but waits until no node is starting. Afterwards, the mesh can be stopped. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#running.values()) clearTimeout(timer);
    await Promise.allSettled(this.#steps);
  }

  async #heal(place: string, running: Running, steps: Steps): Promise<void> {
    delete running.timer;
    try {
      await this.#during(steps.heal());
      this.#options.say(`${place} has recovered`);
    } catch (error) {
      this.#options.say(`${place} did not recover: ${(error as Error).message}`);
    }
    this.#end(place);
  }

  #end(place: string): void {
    this.#running.delete(place);
    this.onChange();
  }

  async #during(step: unknown): Promise<void> {
    const done = Promise.resolve(step);
    this.#steps.add(done);
    await done.finally(() => this.#steps.delete(done));
  }

  #stepsOf({ action, node: name, peer }: FaultRequest): Steps {
    const node = this.#node(name);
    switch (action) {
      case 'pause':
        return { inject: () => node.signal('SIGSTOP'), heal: () => node.signal('SIGCONT') };
      case 'kill':
        return { inject: () => node.kill(), heal: () => node.start() };
      case 'restart':
        return { inject: () => node.stop().then(() => node.start()), heal: () => {} };
      case 'cut': {
        const links = this.#linksBetween(node, this.#node(peer));
        return {
          inject: () => Promise.all(links.map(({ proxy }) => proxy.cut())),
          heal: () => Promise.all(links.map(({ proxy }) => proxy.heal())),
        };
      }
    }
  }

  #linksBetween(one: NodeProcess, other: NodeProcess) {
    const receives = ({ options }: NodeProcess, from: NodeProcess) =>
      options.replicaOf.includes(from.options.port);
    if (!receives(one, other) && !receives(other, one))
      throw new Error(`expected two nodes with a link, got ${one.address} and ${other.address}`);
    return this.#options.links.between(one.options.port, other.options.port);
  }

  #node(name: string | undefined): NodeProcess {
    const found = this.#options.mesh.nodes.find(({ address }) => address === name);
    if (!found)
      throw new Error(`expected one of the nodes ${this.#options.mesh.addresses}, got "${name ?? ''}"`);
    return found;
  }
}
