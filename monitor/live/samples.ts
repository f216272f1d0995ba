/** Samples of the round trips and the time differences of each observer, for the last 10 minutes. */
import type { Samples as PageSamples } from '../page-state.ts';
import { pushBounded, setBounded } from './bounded.ts';

type Kind = 'roundTrip' | 'difference';

export const HISTORY_SECONDS = 600;
/** A burst of so many samples is kept, and on average no more a second. */
const PER_SECOND = 4;
const MAX_SAMPLES = HISTORY_SECONDS * PER_SECOND;
/** Any client can send handshakes under any name. */
const MAX_OBSERVERS = 32;

interface Observed {
  kept: PageSamples[string];
  /** Samples that may be kept now, and Unix milliseconds of the last sample. */
  budget: Record<Kind, { left: number; at: number }>;
}

export class Samples {
  /** By name, the one with the oldest sample first. */
  readonly #observers = new Map<string, Observed>();
  #added: PageSamples = {};

  /** @param at Unix milliseconds. */
  add(observer: string, kind: Kind, at: number, seconds: number): void {
    const { kept, budget } = this.#find(observer);
    const { left: before, at: last } = budget[kind];
    const left = Math.min(PER_SECOND, before + (Math.max(0, at - last) / 1000) * PER_SECOND);
    budget[kind] = { left: left < 1 ? left : left - 1, at };
    if (left < 1) return;
    const sample: [number, number] = [Math.round(at), Number(seconds.toFixed(6))];
    pushBounded(kept[kind], sample, MAX_SAMPLES);
    this.#added[observer] ??= { roundTrip: [], difference: [] };
    this.#added[observer][kind].push(sample);
  }

  get all(): PageSamples {
    return Object.fromEntries([...this.#observers].map(([observer, { kept }]) => [observer, kept]));
  }

  /** Returns the samples since the last call; `undefined`: none. */
  takeChanges(): PageSamples | undefined {
    const added = this.#added;
    this.#added = {};
    return Object.keys(added).length > 0 ? added : undefined;
  }

  #find(observer: string): Observed {
    const budget = { left: PER_SECOND, at: 0 };
    const found = this.#observers.get(observer) ?? {
      kept: { roundTrip: [], difference: [] },
      budget: { roundTrip: budget, difference: budget },
    };
    this.#observers.delete(observer);
    setBounded(this.#observers, observer, found, MAX_OBSERVERS);
    return found;
  }
}
