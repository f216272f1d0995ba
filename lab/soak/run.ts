/** Runs the system for the planned time: kills the nodes in turn, takes samples, and reads the nodes at the end. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '../../toolkit/engine.ts';
import type { Progress } from '../../toolkit/progress.ts';
import { duration } from '../../toolkit/report/figures.ts';
import type { ToolRun } from '../../toolkit/run-tool.ts';
import { endState } from './end-state.ts';
import { LogReader } from './log-reader.ts';
import type { RunRecord, SoakIncident } from './record.ts';
import { takeSample } from './sampler.ts';
import { System } from './system.ts';

const SAMPLE_SECONDS = 5;
/** Several collections in each block of the memory check. */
const COLLECT_SECONDS = 60;
/** Generous: a collection takes 20 ms, and returning its pages to the system a little longer. */
const COLLECTION_TAKES_SECONDS = 1;
/** Long enough that the services fail over and the other nodes notice the lost links. */
const DOWN_SECONDS = 10;
/** No kill in the last seconds: the restarted node resynchronizes in this time. */
const SETTLE_SECONDS = 10;

export interface Plan {
  engine: Engine;
  /** Duration of the run. */
  seconds: number;
  /** Time between two kills. */
  killSeconds: number;
}

/**
 * Runs to the planned end, and records it. An error during the run, such as a node that does not start again, ends the run
 * and is an incident. @throws AbortError after Ctrl-C; Error if the system does not start.
 */
export async function soak(
  plan: Plan,
  record: RunRecord,
  { signal, progress, cleanups }: ToolRun,
): Promise<void> {
  const clock = new Clock(plan.seconds, signal, progress);
  const log = new LogReader((incident) => {
    clock.say(incident);
    record.append({ incident: { at: clock.seconds, ...incident } });
  });
  const system = await System.prepare(plan.engine, log);
  cleanups.push(() => system.close());
  await system.start();
  clock.start();
  try {
    await Promise.all([sampleUntilEnd(clock, system, record), killInTurn(clock, system, plan)]);
    record.append({ end: { at: clock.seconds, ...(await endState(system, log, signal)) } });
  } catch (error) {
    signal.throwIfAborted();
    log.incident('soak', 'exited', `the run ended early: ${(error as Error).message}`);
  }
}

async function sampleUntilEnd(clock: Clock, system: System, record: RunRecord): Promise<void> {
  const { subjects } = system;
  for (let at = 0; at <= clock.total; at += SAMPLE_SECONDS) {
    if (at > 0 && at % COLLECT_SECONDS === 0) {
      await clock.until(at - COLLECTION_TAKES_SECONDS);
      system.collectGarbage();
    }
    await clock.until(at);
    record.append({ sample: await takeSample(clock.seconds, subjects) });
    clock.show();
  }
}

async function killInTurn(clock: Clock, system: System, { killSeconds, seconds }: Plan): Promise<void> {
  const last = seconds - DOWN_SECONDS - SETTLE_SECONDS;
  for (let kills = 0, at = killSeconds; at <= last; kills += 1, at += killSeconds) {
    await clock.until(at);
    const number = kills % system.mesh.nodes.length;
    await system.kill(number);
    await clock.until(at + DOWN_SECONDS);
    await system.restart(number);
  }
}

/** Time of the run, and its progress. */
class Clock {
  readonly total: number;
  readonly #signal: AbortSignal;
  readonly #progress: Progress;
  #startedAt = performance.now();
  #shown = 0;

  constructor(total: number, signal: AbortSignal, progress: Progress) {
    this.total = total;
    this.#signal = signal;
    this.#progress = progress;
  }

  /** Seconds since the start. */
  get seconds(): number {
    return Math.round(performance.now() - this.#startedAt) / 1000;
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#progress.start('three nodes and the services are running', this.total, 'seconds');
  }

  /** Waits until this time. @throws AbortError. */
  async until(seconds: number): Promise<void> {
    const early = (seconds - this.seconds) * 1000;
    if (early > 0) await wait(early, undefined, { signal: this.#signal });
    this.#signal.throwIfAborted();
  }

  show(): void {
    this.#progress.add(this.seconds - this.#shown);
    this.#shown = this.seconds;
  }

  /** Prints what happens to nodes and unexpected exits, with the time left. */
  say({ kind, text }: Omit<SoakIncident, 'at'>): void {
    if (!['killed', 'started', 'exited'].includes(kind)) return;
    const left = duration(Math.max(0, this.total - this.seconds));
    this.#progress.say(`${duration(this.seconds)}: ${text} (${left} left)`);
  }
}
