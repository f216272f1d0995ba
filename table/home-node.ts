/**
 * The home node: the one node that receives everything from the gateway, because an id counter and an index cannot have
 * two writing nodes. A control connection checks it. If it is lost, the next node of the list becomes the home node, and
 * remains it: the gateway never returns by itself.
 */
import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { sleep, systemClock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import { reasonOf } from '../common/lost-node.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { NodeError } from '../toolkit/node/errors.ts';
import type { Calls } from './calls.ts';
import type { Control } from './control.ts';
import type { ModuleList } from './module-list.ts';
import { NodeConnections } from './node-connections.ts';
import type { TableSettings } from './settings.ts';

/**
 * Ids left out after a failover. The lost node may have issued ids that it did not replicate. It brings their rows back
 * with its snapshot, and these must not collide with new rows.
 */
const FAILOVER_JUMP = 10_000;
/** Maximum and minimum time between two checks, in milliseconds. */
const CHECK_MS = 1_000;
const MIN_CHECK_MS = 50;

/** A period in which one node is the home node. */
export interface Home {
  readonly node: Node;
  readonly modules: ModuleList;
}

export class HomeNode {
  readonly #settings: TableSettings;
  readonly #calls: Calls;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #connections: NodeConnections;
  readonly #ring: NodeRing;
  #home: Home | undefined;
  #failovers = 0;
  /** Why each node could not be used, since the last home node. */
  readonly #reasons = new Map<string, string>();
  /** Emits `home` for the connections of clients that wait for a home node. */
  readonly #events = new EventEmitter().setMaxListeners(0);
  #checkNow = new AbortController();
  /** Called when the home node is lost. */
  onLost: () => void = () => {};

  /**
   * @param signal ends the control connection.
   * @throws SettingsError if KEYDB_TLS_CA or KEYDB_PASSWORD_FILE cannot be read.
   */
  constructor(settings: TableSettings, calls: Calls, log: Logger, signal: AbortSignal) {
    this.#settings = settings;
    this.#calls = calls;
    this.#log = log;
    this.#signal = signal;
    this.#connections = new NodeConnections(settings, signal);
    this.#ring = new NodeRing(settings.WRITE_NODES, settings.HOME_NODE);
  }

  /** The current home node; `undefined` while no node has been found. */
  get current(): Home | undefined {
    return this.#home;
  }

  /** Number of changes from one home node to the next. */
  get failovers(): number {
    return this.#failovers;
  }

  /** Why there is no home node, with each node that was tried. */
  get problem(): string {
    const nodes = this.#settings.WRITE_NODES.map(
      ({ name }) => this.#reasons.get(name) ?? `node ${name} is next`,
    );
    return `no node can be used as the home node: ${nodes.join('; ')}`;
  }

  /** Keeps a home node until the signal. */
  async run(): Promise<void> {
    let last: string | undefined;
    while (!this.#signal.aborted) {
      const { node, waitMs } = this.#ring.next();
      await sleep(systemClock, waitMs, this.#signal);
      if (await this.#use(node, last)) last = node.name;
    }
  }

  /**
   * Opens a connection for a client.
   * @throws Error that names the nodes if there is no home node within NODE_TIMEOUT_MS.
   */
  async connect(): Promise<{ home: Home; socket: Socket }> {
    const deadline = AbortSignal.timeout(this.#settings.NODE_TIMEOUT_MS);
    for (let problem: string | undefined; ; ) {
      const home = this.#home;
      try {
        if (home !== undefined) return { home, socket: await this.#connections.forClient(home.node) };
      } catch (error) {
        problem = (error as Error).message;
        this.checkNow();
      }
      if (deadline.aborted || this.#signal.aborted) throw new Error(problem ?? this.problem);
      // The node that has rejected the connection may be lost, so wait for the next one.
      if (this.#home === home) await once(this.#events, 'home', { signal: deadline }).catch(() => {});
    }
  }

  /** Checks the home node soon, because a connection to it ended. */
  checkNow(): void {
    this.#checkNow.abort();
  }

  /** @returns whether the node was the home node for some time. @throws Error only for a defect of the gateway. */
  async #use(node: Node, last: string | undefined): Promise<boolean> {
    let control: Control | undefined;
    let served = false;
    try {
      control = await this.#connections.control(node);
      const isFailover = last !== undefined || node.name !== this.#settings.HOME_NODE.name;
      const modules = await control.prepare(this.#calls, isFailover ? FAILOVER_JUMP : 0);
      this.#serve({ node, modules }, last);
      served = true;
      control = await this.#check(node, control);
    } catch (error) {
      if (this.#signal.aborted) return served;
      if (!(error instanceof NodeError)) throw error;
      this.#lose(node, error);
    } finally {
      control?.close();
    }
    return served;
  }

  #serve(home: Home, last: string | undefined): void {
    const { SERVICE_NAME: service } = this.#settings;
    const { name: node } = home.node;
    this.#home = home;
    this.#ring.worked();
    this.#reasons.clear();
    if (last !== undefined) this.#failovers += 1;
    this.#log.info(
      { event: 'home', node, ...(last !== undefined && { last }) },
      `${service} uses home node ${node}`,
    );
    this.#events.emit('home');
  }

  /** Checks the home node until the signal. @throws NodeError when it is lost. */
  async #check(node: Node, first: Control): Promise<Control> {
    let control = first;
    const intervalMs = Math.min(CHECK_MS, this.#settings.NODE_TIMEOUT_MS / 2);
    for (;;) {
      this.#checkNow = new AbortController();
      await sleep(systemClock, MIN_CHECK_MS, this.#signal);
      await sleep(systemClock, intervalMs - MIN_CHECK_MS, this.#signal, this.#checkNow.signal);
      if (this.#signal.aborted) return control;
      try {
        await control.check();
      } catch (error) {
        control.close();
        control = await this.#reopen(node, control, error as Error);
      }
    }
  }

  /** A client may have closed the control connection with CLIENT KILL. @throws the error if the node is really lost. */
  async #reopen(node: Node, lost: Control, error: Error): Promise<Control> {
    if (!(error instanceof NodeError) || error.code !== undefined) throw error;
    const control = await this.#connections.control(node).catch(() => undefined);
    if (control?.runId === lost.runId) return control;
    control?.close();
    throw error;
  }

  #lose({ name: node }: Node, error: Error): void {
    const reason = reasonOf(error);
    const isHome = this.#home?.node.name === node;
    this.#home = undefined;
    if (isHome) this.onLost();
    if (this.#reasons.get(node) === reason) return;
    this.#reasons.set(node, reason);
    const { SERVICE_NAME: service } = this.#settings;
    this.#log.warn(
      { event: isHome ? 'home-lost' : 'home-unfit', node, reason },
      `${service} ${isHome ? 'lost its home node' : 'cannot use'} ${node}: ${reason}`,
    );
  }
}
