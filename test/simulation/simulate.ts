/** Runs one schedule: faults, healing, the final state, and the stop. */
import type { Service } from '../../common/services.ts';
import { readSettings, type Settings } from '../../common/settings.ts';
import { CheckObserver } from './check-observer.ts';
import { CheckWriter } from './check-writer.ts';
import { TIMEOUT_MS } from './connection.ts';
import { Faults, rollBack } from './faults.ts';
import { ModelNode, SHARED_KEY } from './node.ts';
import { runAsyncObserver, runSyncObserver } from './run-observers.ts';
import { runWriter } from './run-writer.ts';
import { FAULTY_MS, MAX_FAULT_MS, type Schedule, SERVICE_NAMES, type ServiceName } from './schedule.ts';
import { type Scene, STOP_GRACE_MS } from './session.ts';
import { VirtualClock } from './virtual-clock.ts';
import { World } from './world.ts';

/** When all faults have ended, all losses are noticed, and all messages of that time have arrived, in milliseconds. */
const HEALED_MS = FAULTY_MS + MAX_FAULT_MS + TIMEOUT_MS + 20;
/** More than the longest delays of all messages from a write to its round trip, in milliseconds. */
const SETTLE_MS = 500;

const defaults = Object.fromEntries(
  SERVICE_NAMES.map((service) => [service, readSettings({}, service satisfies Service)]),
) as Record<ServiceName, Settings>;

/** Runs a schedule. @throws Error that describes the first violation. */
export async function simulate(schedule: Schedule): Promise<void> {
  const simulation = new Simulation(schedule);
  const onDefect = (error: unknown) => simulation.world.fail((error as Error)?.stack ?? String(error));
  process.on('unhandledRejection', onDefect);
  process.on('uncaughtException', onDefect);
  try {
    await simulation.run();
  } finally {
    process.off('unhandledRejection', onDefect);
    process.off('uncaughtException', onDefect);
  }
}

class Simulation {
  readonly world: World;
  readonly #schedule: Schedule;
  readonly #scene: Scene;
  readonly #checks;
  readonly #services;
  readonly #stopping = new Set<ServiceName>();

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    const world = new World(schedule.delays);
    this.world = world;
    const nodes = meshOf(world);
    const [writer, sync, async] = schedule.offsetsMs.map((ms) => new VirtualClock(world, ms * 1000)) as [
      VirtualClock,
      VirtualClock,
      VirtualClock,
    ];
    const clocks = { writer, 'sync-observer': sync, 'async-observer': async };
    const faults = new Faults(world, nodes, clocks);
    this.#scene = { world, nodes, clocks, faults };
    this.#checks = {
      writer: new CheckWriter(world, writer, schedule),
      'sync-observer': new CheckObserver('sync-observer', world, sync, schedule),
      'async-observer': new CheckObserver('async-observer', world, async, schedule),
    };
    const { writer: first, 'sync-observer': second, 'async-observer': third } = this.#checks;
    world.afterEvent = () => {
      first.afterEvent();
      second.afterEvent();
      third.afterEvent();
    };
    this.#services = {
      writer: runWriter(this.#scene, settingsOf('writer', schedule), first),
      'sync-observer': runSyncObserver(this.#scene, settingsOf('sync-observer', schedule), second),
      'async-observer': runAsyncObserver(this.#scene, settingsOf('async-observer', schedule), third),
    };
  }

  async run(): Promise<void> {
    const { faults, stop } = this.#schedule;
    this.#scene.faults.inject(faults);
    if (stop) this.world.at(stop.at * 1000, () => this.#stop(stop.service));
    await this.world.run(FAULTY_MS * 1000);
    this.#scene.faults.heal();
    await this.world.run(HEALED_MS * 1000);
    if (!this.#stopping.has('writer')) await this.#settle();
    for (const service of SERVICE_NAMES) this.world.after(0, () => this.#stop(service));
    await this.world.run(this.world.now + (STOP_GRACE_MS + 1) * 1000);
    for (const service of SERVICE_NAMES) {
      if (this.#checks[service].isRunning) throw new Error(`${service} has not stopped in time`);
      this.#checks[service].expectIdle();
    }
    if (this.world.failure !== undefined) throw new Error(this.world.failure);
  }

  #stop(service: ServiceName): void {
    if (this.#stopping.has(service)) return;
    this.#stopping.add(service);
    const check = this.#checks[service];
    check.onStopping();
    this.#services[service].stop(() => check.onStopped());
  }

  /** Waits for one more write, then for the final state; then rolls that back once. */
  async #settle(): Promise<void> {
    const { writeIntervalMs, recheckIntervalMs, lastRollback } = this.#schedule;
    const { writer } = this.#services;
    const healedAt = this.world.now;
    if (writeIntervalMs > SETTLE_MS) this.world.after(0, writer.lose);
    await this.#until('no write succeeds', () => this.#checks.writer.acknowledgedSentAt > healedAt);
    this.world.after(0, writer.quiet);
    await this.#until('the final state is wrong', () => this.#unsettled() === undefined);
    for (const observer of this.#observers()) observer.checkPolled();
    if (lastRollback === 'none' || (lastRollback === 'silent' && recheckIntervalMs === 0)) return;
    const node = this.#checks.writer.node;
    if (!node) throw new Error('the writer is not connected');
    rollBack(node, 1, lastRollback === 'silent' ? 'none' : 'set', true);
    await this.world.run(this.world.now + recheckIntervalMs * 1000);
    await this.#until('a rollback is not repaired', () => this.#unsettled() === undefined);
  }

  async #until(problem: string, done: () => boolean): Promise<void> {
    await this.world.run(this.world.now + SETTLE_MS * 1000, done);
    if (!done()) throw new Error(`${problem} after ${SETTLE_MS} ms: ${this.#unsettled()}`);
  }

  #observers(): CheckObserver[] {
    return ([this.#checks['sync-observer'], this.#checks['async-observer']] as const).filter(
      ({ service }) => !this.#stopping.has(service),
    );
  }

  /** Returns what differs from the final state; `undefined` if nothing does. */
  #unsettled(): string | undefined {
    const { writer } = this.#checks;
    const { text, seq } = writer.acknowledged ?? {};
    for (const { name, data } of this.#scene.nodes) {
      if (data.get(SHARED_KEY) !== text) return `${name} has ${data.get(SHARED_KEY)} instead of ${text}`;
      for (const { service, handshake } of this.#observers()) {
        const found = data.get(`handshake_key:${service}`);
        if (found !== handshake) return `${name} has ${found} instead of ${handshake}`;
      }
    }
    for (const { service, last } of this.#observers()) {
      if (last !== text) return `${service} observed ${last} instead of ${text}`;
      if (writer.newestHandshake(service) !== seq) return `the writer has no handshake from ${service}`;
    }
    return undefined;
  }
}

function meshOf(world: World): ModelNode[] {
  const written: string[] = [];
  const nodes = [0, 1, 2].map((index) => new ModelNode(world, index, written));
  for (const node of nodes) for (const peer of nodes) if (peer !== node) node.linkTo(peer);
  return nodes;
}

function settingsOf(service: ServiceName, schedule: Schedule): Settings {
  return {
    ...defaults[service],
    KEY_CHANNEL: schedule.channel,
    WAIT_REPLICAS: schedule.waitReplicas,
    WRITE_INTERVAL_MS: schedule.writeIntervalMs,
    RECHECK_INTERVAL_MS: schedule.recheckIntervalMs,
    NODE_TIMEOUT_MS: TIMEOUT_MS,
  };
}
