/**
 * Runs one service on a model node without random delays and faults: the test controls all events. Each message takes
 * 50 µs, and each timer is 50 µs late.
 */
import { setImmediate } from 'node:timers/promises';
import { Events } from '../helpers/events.ts';
import { Connection } from './connection.ts';
import { Faults } from './faults.ts';
import { ModelNode } from './node.ts';
import { VirtualClock } from './virtual-clock.ts';
import { World } from './world.ts';

const SERVICE = 'writer';

export class Script {
  readonly world = new World([]);
  readonly clock = new VirtualClock(this.world, 0);
  /** A node that replicates to two others. */
  readonly node = new ModelNode(this.world, 0, []);
  readonly peers = [1, 2].map((index) => new ModelNode(this.world, index, []));
  readonly events = new Events();
  readonly connections: Connection[] = [];
  readonly #faults: Faults;
  #sent: string[] = [];

  constructor() {
    const clocks = { writer: this.clock, 'sync-observer': this.clock, 'async-observer': this.clock };
    this.#faults = new Faults(this.world, [this.node], clocks);
    for (const peer of this.peers) this.node.linkTo(peer);
  }

  /** The node rejects the n-th command, from 0. */
  reject(command: number): void {
    this.#faults.inject([{ kind: 'reject', service: SERVICE, command }]);
  }

  connect(): Connection {
    const observer = {
      onSend: (_: Connection, { name, args }: { name: string; args: readonly string[] }) => {
        this.#sent.push([name, ...args].join(' '));
      },
      onReply() {},
      onPush() {},
    };
    const id = this.connections.length + 1;
    const connection = new Connection(id, SERVICE, this.node, observer, this.#faults);
    this.connections.push(connection);
    return connection;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  /** Advances the virtual time by this many milliseconds. */
  async pass(ms: number): Promise<void> {
    await setImmediate();
    const until = this.world.now + ms * 1000;
    this.world.at(until, () => {});
    await this.world.run(until);
  }

  /** Changes a key on the node after this many virtual milliseconds, with or without a notification. */
  set(key: string, value: string | null, event: 'set' | 'none' = 'set', ms = 0): void {
    const change = () => this.node.apply(key, value, event);
    if (ms === 0) change();
    else this.world.at(this.world.now + ms * 1000, change);
  }

  /** Returns the commands sent since the last call. */
  sent(): string[] {
    return this.#sent.splice(0);
  }

  /** Returns the log lines since the last call, without their time. */
  logged(): Record<string, unknown>[] {
    return this.events.all.splice(0).map(({ time, ...line }) => line);
  }
}
