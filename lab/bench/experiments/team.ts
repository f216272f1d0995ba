/** Runs observers in parallel, each in its own lane, so that they can be measured in turn while all are warm. */
import type { Context } from '../context.ts';
import type { Child } from '../host/child.ts';
import { laneOf, startObserver } from '../host/observer-process.ts';
import type { Target } from '../host/target.ts';
import type { Paced } from '../load/paced.ts';

const WARM_UP_PER_SECOND = 1_500;
/** Approximate time until a new observer answers, only for the estimated duration. */
const START_SECONDS = 0.4;

export class Team {
  readonly #context: Context;
  readonly #target: Target;
  readonly #members = new Map<string, Child>();

  constructor(context: Context, target: Target = context.target) {
    this.#context = context;
    this.#target = target;
  }

  /**
   * Starts observers and warms each up.
   * @param env environment for all observers. @param warmUpWrites number of writes.
   */
  async start(
    subjects: readonly string[],
    env: Record<string, string> = {},
    warmUpWrites: number = this.#context.scale.warmUpWrites,
  ): Promise<void> {
    for (const subject of subjects) {
      this.#members.set(subject, startObserver(subject, this.#target, { env }));
      await this.prepare(subject);
    }
    if (warmUpWrites === 0) return;
    for (const subject of subjects) await this.#paced(subject, WARM_UP_PER_SECOND, warmUpWrites, 0);
  }

  /** Returns the observer, or `undefined` if the subject has none. */
  get(subject: string): Child | undefined {
    return this.#members.get(subject);
  }

  /** Waits until the subject's observer answers. */
  prepare(subject: string): Promise<void> {
    const { writeTo, observedOn } = this.#target;
    return this.#context.load.ask('prepare', { writeTo, observedOn, lane: laneOf(subject) });
  }

  /** Sends paced writes that the subject answers, after a warm-up. */
  paced(subject: string, perSecond: number, seconds: number): Promise<Paced> {
    const { warmUpSeconds } = this.#context.scale;
    return this.#paced(subject, perSecond, perSecond * seconds, perSecond * warmUpSeconds);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#members.values()].map((child) => child.stop()));
    this.#members.clear();
  }

  #paced(subject: string, ratePerSecond: number, writes: number, warmUp: number): Promise<Paced> {
    return this.#context.load.ask('paced', {
      writeTo: this.#target.writeTo,
      lane: laneOf(subject),
      ratePerSecond,
      writes: Math.max(1, Math.round(writes)),
      warmUp: Math.round(warmUp),
      answered: true,
      arrivesOn: [],
    });
  }
}

/** Returns roughly how long `Team.start` takes, in seconds. */
export function startSeconds(
  subjects: readonly string[],
  { scale }: Context,
  warmUpWrites = scale.warmUpWrites,
): number {
  return subjects.length * (START_SECONDS + warmUpWrites / WARM_UP_PER_SECOND);
}

/** Rotates the list by one per round, so that no subject is always first. */
export function rotated<T>(list: readonly T[], round: number): T[] {
  const shift = round % list.length;
  return [...list.slice(shift), ...list.slice(0, shift)];
}

/**
 * Returns the times until the read, or none if one is negative. Then the clock offset between writer and observer
 * exceeds the measured time.
 */
export function trusted(reads: readonly number[]): readonly number[] {
  return reads.some((micros) => micros < 0) ? [] : reads;
}
