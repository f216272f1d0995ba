/** Replaces `stay-connected.ts`: connects a service to one model node after another. */
import type { Logger } from '../../common/logger.ts';
import type { Check } from './check.ts';
import { Connection, TIMEOUT_MS } from './connection.ts';
import type { Faults } from './faults.ts';
import type { ModelNode } from './node.ts';
import { SERVICE_NAMES, type ServiceName } from './schedule.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

/** Shared objects of all services of one schedule. */
export interface Scene {
  world: World;
  nodes: readonly ModelNode[];
  clocks: Readonly<Record<ServiceName, VirtualClock>>;
  faults: Faults;
}

/** A running service, as the simulation handles it. */
export interface Running {
  /** Whether it works with a node. */
  readonly connected: boolean;
  /** Ends the current session as a loss of the node. */
  lose(): void;
  /** Stops the service. Calls back once it has stopped. */
  stop(done: () => void): void;
}

/** The time for the commands in flight at a stop, as in `common/client-options.ts`. */
export const STOP_GRACE_MS = 1_000;

/** The nodes in a circle, starting with the home node; the service's connections to the current one. */
export class Sessions {
  readonly #scene: Scene;
  readonly #check: Check;
  readonly #service: ServiceName;
  #index: number;
  #nextId: number;
  #closed = false;

  constructor(scene: Scene, check: Check, service: ServiceName) {
    this.#scene = scene;
    this.#check = check;
    this.#service = service;
    const order = SERVICE_NAMES.indexOf(service);
    this.#index = order - 1;
    this.#nextId = order * 10_000;
  }

  /** Connects to the next node that answers. Calls back once, unless the service stops before that. */
  open(count: number, onReady: (session: Session) => void): void {
    const { world, nodes } = this.#scene;
    world.after(world.delay(), () => {
      if (this.#closed) return;
      this.#index = (this.#index + 1) % nodes.length;
      const node = nodes[this.#index] as ModelNode;
      const ready = () => {
        if (this.#closed) return;
        if (node.paused) this.open(count, onReady);
        else onReady(this.#connect(node, count));
      };
      world.after(node.paused ? TIMEOUT_MS * 1000 : world.delay(), ready);
    });
  }

  /** Opens no further connection. */
  close(): void {
    this.#closed = true;
  }

  #connect(node: ModelNode, count: number): Session {
    const connections = Array.from({ length: count }, () => {
      this.#nextId += 1;
      return new Connection(this.#nextId, this.#service, node, this.#check, this.#scene.faults);
    });
    this.#check.onConnected(connections);
    return new Session(node, connections);
  }
}

/** The connections to one node, lost together. */
export class Session {
  readonly node: ModelNode;
  readonly connections: readonly Connection[];
  onLost: (error: Error) => void = () => {};
  #ended = false;

  constructor(node: ModelNode, connections: readonly Connection[]) {
    this.node = node;
    this.connections = connections;
    for (const connection of connections) connection.onEnd = (error) => this.lose(error);
  }

  readonly lose = (error: Error): void => {
    if (this.#ended) return;
    this.close();
    this.onLost(error);
  };

  readonly close = (): void => {
    this.#ended = true;
    for (const connection of this.connections) connection.close();
  };
}

/** A logger that passes the fields of each line to the check. */
export function logTo(check: Check): Logger {
  const log = (fields: object) => check.onLog(fields as Record<string, unknown>);
  return { trace: log, debug: log, info: log, warn: log, error: log } as unknown as Logger;
}
