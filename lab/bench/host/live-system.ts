/** The writer and both observers on a mesh, and a monitor that serves the live page while it is needed. */
import { setTimeout as wait } from 'node:timers/promises';
import { OBSERVERS, SERVICE_FLAGS, SERVICES, type Service } from '../../../common/services.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { Child } from './child.ts';
import { INTERVAL_KEY, laneOf, startObserver, startWriter } from './observer-process.ts';
import type { Target } from './target.ts';
import { until } from './until.ts';

/** Log lines of the writer. */
const WRITE = /INFO: writer set /;
const HANDSHAKE = / got handshake from (\S+) for seq \d+, Round trip: ([\d.]+) seconds/;

export interface Recording {
  writes: number;
  /** Round trips in microseconds, by observer. */
  roundTrips: Record<string, number[]>;
}

export class LiveSystem {
  readonly #target: Target;
  readonly #lane = { ...laneOf('page'), handshakeKey: `${laneOf('page').handshakeKey}:{service}` };
  #ports: number[] = [];
  readonly #services = new Map<Service, Child>();
  #monitor: Child | undefined;
  #recording: Recording | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Starts the services, and waits until the writer has received a handshake of each observer. */
  async start(perSecond: number): Promise<void> {
    this.#ports = await freePorts(SERVICES.length + 1);
    for (const [i, name] of SERVICES.entries()) {
      const env = { METRICS_PORT: `${this.#ports[i]}`, HANDSHAKE_KEY: this.#lane.handshakeKey };
      const child =
        name === 'writer'
          ? startWriter('page', this.#target, { ...env, WRITE_INTERVAL_MS: `${1000 / perSecond}` })
          : startObserver(name, this.#target, { lane: this.#lane, env });
      this.#services.set(name, child);
    }
    this.get('writer').onLine = (line) => this.#record(line);
    const recording = this.#startRecording();
    await until(() => OBSERVERS.every((name) => recording.roundTrips[name]), 'a handshake of each observer');
  }

  /** @throws Error if the service was not started. */
  get(name: Service): Child {
    const child = this.#services.get(name);
    if (!child) throw new Error(`${name} was not started`);
    return child;
  }

  /** All running processes. */
  get processes(): Child[] {
    return [...this.#services.values(), ...(this.#monitor ? [this.#monitor] : [])];
  }

  get monitor(): Child | undefined {
    return this.#monitor;
  }

  /** Starts a monitor, and waits until it has read all nodes. @returns its port. */
  async startMonitor(): Promise<number | undefined> {
    const services = this.#ports.slice(0, -1);
    const port = this.#ports.at(-1);
    const settings = {
      KEYDB_NODES: this.#target.addresses.join(),
      WRITE_NODES: this.#target.writable.join(),
      KEYDB_DB: String(this.#lane.db),
      SHARED_KEY: this.#lane.key,
      INTERVAL_KEY,
      SERVICE_ADDRESSES: services.map((one) => `127.0.0.1:${one}`).join(),
      METRICS_PORT: `${port}`,
    };
    this.#monitor = new Child('monitor/main', [], settings, SERVICE_FLAGS);
    const ready = async () =>
      (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok === true;
    await until(ready, 'an answer of the monitor');
    return port;
  }

  async stopMonitor(): Promise<void> {
    await this.#monitor?.stop();
    this.#monitor = undefined;
  }

  /** Records the writes and round trips of this time. */
  async record(seconds: number): Promise<Recording> {
    const recording = this.#startRecording();
    await wait(seconds * 1000);
    this.#recording = undefined;
    return recording;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((child) => child.stop()));
  }

  #startRecording(): Recording {
    this.#recording = { writes: 0, roundTrips: {} };
    return this.#recording;
  }

  #record(line: string): void {
    const recording = this.#recording;
    if (!recording) return;
    if (WRITE.test(line)) recording.writes += 1;
    const [, observer, seconds] = HANDSHAKE.exec(line) ?? [];
    if (observer === undefined) return;
    recording.roundTrips[observer] ??= [];
    recording.roundTrips[observer].push(Math.round(Number(seconds) * 1e6));
  }
}
