import type { Clock } from '../../common/clock.ts';
import type { World } from './world.ts';

/** Unix microseconds at the start of a schedule. */
const START_MICROS = 1_725_543_675_000_000;

/** The clock of one service: the time of the world, with an offset of its own. Timers are late, as real ones are. */
export class VirtualClock implements Clock {
  readonly #world: World;
  /** Microseconds; changes when the clock of the machine is set. */
  offset: number;
  /** The timers that have neither fired nor been canceled. */
  timers = 0;
  /** Whether a timer was later than usual. */
  wasLate = false;
  #nextIsLate = 0;

  constructor(world: World, offset: number) {
    this.#world = world;
    this.offset = offset;
  }

  micros(): number {
    return START_MICROS + this.#world.now + this.offset;
  }

  now(): number {
    return this.#world.now / 1000;
  }

  /** Delays the next timer by this many milliseconds. */
  delayNextTimer(ms: number): void {
    this.wasLate = true;
    this.#nextIsLate = ms * 1000;
  }

  after(ms: number, callback: () => void): () => void {
    const world = this.#world;
    let active = true;
    this.timers += 1;
    const late = this.#nextIsLate + world.lateness();
    this.#nextIsLate = 0;
    world.after(Math.ceil(ms * 1000) + late, () => {
      if (!active) return;
      active = false;
      this.timers -= 1;
      callback();
    });
    return () => {
      if (active) this.timers -= 1;
      active = false;
    };
  }
}
