/** Base of all checks: allowed connections, timers, listeners, and the stop. */
import { getEventListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Command, Connection, Observer, Push } from './connection.ts';
import type { ServiceName } from './schedule.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

export type Fields = Record<string, unknown>;

export abstract class Check implements Observer {
  readonly service: ServiceName;
  readonly world: World;
  readonly clock: VirtualClock;
  /** The connections of the current session. */
  protected connections: readonly Connection[] = [];
  protected state: 'running' | 'stopping' | 'stopped' = 'running';
  /** The lines that the service has logged in the current event, by `event`. */
  #lines: Fields[] = [];
  #stoppedNow = false;
  /** Whether a command, a reply, or a line belongs to the current event. */
  #active = false;

  constructor(service: ServiceName, world: World, clock: VirtualClock) {
    this.service = service;
    this.world = world;
    this.clock = clock;
  }

  fail(message: string): void {
    this.world.fail(`${this.service} ${message}`);
  }

  expect(actual: unknown, expected: unknown, what: string): void {
    if (actual === expected || (isEmpty(actual) && isEmpty(expected))) return;
    if (isDeepStrictEqual(actual, expected)) return;
    this.fail(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }

  onConnected(connections: readonly Connection[]): void {
    if (this.state !== 'running') this.fail('connects after its stop');
    this.connections = connections;
  }

  onSend(connection: Connection, { name, args }: Command): void {
    this.#active = true;
    if (this.state === 'stopped') this.fail(`sends after its stop: ${name} ${args.join(' ')}`);
    if (!this.connections.includes(connection))
      this.fail(`uses a connection that it has lost: ${name} ${args.join(' ')}`);
  }

  onReply(_connection: Connection, _command: Command, _error: Error | null, _reply: unknown): void {
    this.#active = true;
  }

  abstract onPush(connection: Connection, push: Push): void;
  /** Checks what the service did in one event. */
  protected abstract checkEvent(): void;
  /** Checks the counts of the last line. */
  protected abstract checkSummary(counts: Fields): void;

  onLog(fields: Fields): void {
    this.#active = true;
    this.#lines.push(fields);
  }

  /** Returns the fields of the lines about one kind of event since the last call. */
  protected takeLines(...events: string[]): Fields[] {
    const [taken, rest] = [[], []] as [Fields[], Fields[]];
    for (const line of this.#lines) (events.includes(line.event as string) ? taken : rest).push(line);
    this.#lines = rest;
    return taken;
  }

  /** Checks an event in which the service did something. */
  afterEvent(): void {
    if (!this.#active) return;
    this.#active = false;
    this.checkEvent();
    if (this.#stoppedNow) this.#checkStop();
    if (this.#lines.length > 0) this.#lines = [];
  }

  expectNoListeners(signal: AbortSignal, name: string): void {
    const count = getEventListeners(signal, 'abort').length;
    if (count > 0) this.fail(`leaves ${count} listeners of the signal ${name}`);
  }

  get isRunning(): boolean {
    return this.state !== 'stopped';
  }

  onStopping(): void {
    this.state = 'stopping';
  }

  onStopped(): void {
    if (this.state === 'stopped') this.fail('calls back twice after a stop');
    this.state = 'stopped';
    this.#stoppedNow = true;
  }

  /** After the stop: nothing is in flight, and no timer is left. */
  expectIdle(): void {
    if (this.clock.timers > 0) this.fail(`has ${this.clock.timers} timers after its stop`);
    for (const connection of this.connections)
      if (connection.inFlight.size > 0) this.fail('has commands in flight after its stop');
  }

  #checkStop(): void {
    this.#stoppedNow = false;
    const [summary, ...others] = this.takeLines('stopped');
    if (!summary || others.length > 0) this.fail('does not log one summary');
    else this.checkSummary(summary);
    this.expectIdle();
  }
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
