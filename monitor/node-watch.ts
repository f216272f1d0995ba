/** Watches one node, forever: reads it at an interval, writes a canary on it, and follows the keys that the page shows. */
import { sleep } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Connection } from '../toolkit/node/connection.ts';
import { Interrupted, NodeError } from '../toolkit/node/errors.ts';
import type { Canaries } from './canaries.ts';
import { CanaryConnection } from './canary-connection.ts';
import { KeyWatch, type KeyWatchOptions } from './key-watch.ts';
import type { NodeState, Reading } from './mesh-state.ts';
import { downOf, readNode } from './read-node.ts';

/** Also the interval of the attempts to reach a node that is down, so that its return is noticed soon. */
export const INTERVAL_MS = 1_000;

/** What the watches of all nodes share. */
export interface Watched extends KeyWatchOptions {
  /** Name of the monitor, and field of its canaries. */
  name: string;
  db: number;
  /** Names of the nodes that accept writes. If empty, all nodes except read-only replicas. */
  writeNodes: readonly string[];
  canaries: Canaries;
  log: Logger;
  signal: AbortSignal;
}

export class NodeWatch {
  readonly state: NodeState;
  readonly #all: Watched;
  readonly #others: () => readonly NodeWatch[];
  #connection: Connection | undefined;
  #canary: CanaryConnection | undefined;
  readonly #keys: KeyWatch;
  /** The problems that were logged last, by event. */
  readonly #logged = new Map<string, string>();

  /** @param others returns the watches of the other nodes. */
  constructor(name: string, others: () => readonly NodeWatch[], all: Watched) {
    this.#all = all;
    this.#others = others;
    this.state = { name, status: 'unknown', reason: 'was not read yet', since: Date.now(), canary: false };
    this.#keys = new KeyWatch(this.state, all, (event, problem) => this.#logChange(event, problem));
  }

  /**
   * @param delayMs pause before the first attempt. Commands at the same time on several nodes would delay each other.
   * @param onRead called after each attempt.
   */
  async run(delayMs: number, onRead: (state: NodeState) => void): Promise<void> {
    const { clock, signal } = this.#all;
    for (let next = clock.now() + delayMs; ; next = Math.max(next + INTERVAL_MS, clock.now())) {
      await sleep(clock, next - clock.now(), signal);
      if (signal.aborted) break;
      await this.#read().catch((error) => this.#lose(error));
      onRead(this.state);
    }
    this.#close();
  }

  async #read(): Promise<void> {
    const { open, sharedKey } = this.#all;
    const { state } = this;
    this.#connection ??= await open(state.name);
    const reading = await readNode(this.#connection, sharedKey, state.reading);
    state.reading = reading;
    if (reading.info.loading) {
      this.#keys.close();
      this.#closeCanary();
      this.#change('loading', `node ${state.name} loads its data`);
      return;
    }
    this.#change('up', `node ${state.name} is up`);
    this.#logChange('monitor-rejected', reading.rejections.join('; '));
    // At the same time: one after the other, they would detect a node that hangs after twice the timeout.
    const canary = this.#sendCanary(reading).catch((error) => this.#loseCanary(error));
    await Promise.all([canary, this.#keys.poll()]);
  }

  async #sendCanary({ info }: Reading): Promise<void> {
    const { canaries, writeNodes } = this.#all;
    const { name } = this.state;
    const others = this.#others();
    const writes = writeNodes.length > 0 ? writeNodes.includes(name) : !info.readOnly;
    if (writes)
      canaries.add(
        name,
        others.map(({ state }) => state.name),
      );
    this.#canary ??= await this.#openCanary(others);
    this.state.canary = true;
    this.#logChange('canary-off', '');
    const to = others.filter(({ state }) => state.canary).map(({ state }) => state.name);
    const id = writes ? canaries.start(name, to) : undefined;
    if (id === undefined) return this.#canary.check();
    const rejection = await this.#canary.write(id);
    canaries.written(name, id, rejection === undefined);
    this.#logChange('canary-rejected', rejection?.message ?? '');
  }

  #openCanary(others: readonly NodeWatch[]): Promise<CanaryConnection> {
    const { open, canaries, name: field, db } = this.#all;
    const { name } = this.state;
    return CanaryConnection.open({
      open: (onPush) => open(name, onPush),
      db,
      field,
      others: others.map(({ state }) => state.name),
      onAnnounced: (from, id, at) => canaries.announced(from, name, id, at),
    });
  }

  /** The node does not answer, or rejects the monitor. */
  #lose(error: unknown): void {
    if (error instanceof Interrupted) return;
    if (!(error instanceof NodeError)) throw error;
    this.#close();
    delete this.state.reading;
    this.#change(downOf(error), error.message);
  }

  /** The node rejects the connection for canaries, or the connection ended. In the second case it is opened again. */
  #loseCanary(error: unknown): void {
    if (error instanceof Interrupted) return;
    if (!(error instanceof NodeError)) throw error;
    this.#closeCanary();
    if (downOf(error) === 'rejected') this.#logChange('canary-off', `no canaries on ${error.message}`);
  }

  #close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#keys.close();
    this.#closeCanary();
  }

  #closeCanary(): void {
    this.#canary?.close();
    this.#canary = undefined;
    this.state.canary = false;
    this.#all.canaries.forget(this.state.name);
  }

  #change(status: NodeState['status'], reason: string): void {
    const { state } = this;
    const { log } = this.#all;
    state.reason = reason;
    if (state.status === status) return;
    Object.assign(state, { status, since: Date.now() });
    const { name: node } = state;
    if (status === 'up') log.info({ event: 'node-up', node }, reason);
    else log.warn({ event: 'node-down', node, status }, reason);
  }

  /** Logs a problem once, until it changes. An empty text: there is no problem. */
  #logChange(event: string, problem: string): void {
    if ((this.#logged.get(event) ?? '') === problem) return;
    this.#logged.set(event, problem);
    const { name: node } = this.state;
    if (problem !== '') this.#all.log.warn({ event, node }, problem);
  }
}
