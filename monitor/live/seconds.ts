/** Counts writes and observations of each second, from the counters that the services send once per second. */
import type { Second } from '../page-state.ts';
import { pushBounded } from './bounded.ts';
import { HISTORY_SECONDS } from './samples.ts';

type Values = Record<string, number>;

const STARTED = 'process_start_time_seconds';

export class Seconds {
  readonly #kept: Second[] = [];
  #added: Second[] = [];
  /** The second that is not over yet. */
  #current: Second | undefined;
  /** The start of each service, and its last values; without values after its connection was lost. */
  readonly #last = new Map<string, { started: number | undefined; values?: Values }>();

  /** Adds values of a service. @param at Unix milliseconds of their arrival. */
  add(service: string, role: 'writer' | 'observer', values: Values, at: number): void {
    const started = values[STARTED];
    const last = this.#last.get(service);
    this.#last.set(service, { started, values });
    // A service that has started again counts from 0. The time of other earlier counts is unknown.
    const before = last && last.started !== started ? {} : last?.values;
    if (!before) return;
    const added = (prefix: string) => sum(values, prefix) - sum(before, prefix);
    const second = this.#at(Math.floor(at / 1000));
    if (role === 'writer') second.writes += added('mesh_writes_total{outcome="acknowledged"');
    else
      second.observers[service] = {
        observed: added('mesh_observations_total{'),
        conflated: added('mesh_writes_conflated_total'),
        missed: added('mesh_writes_missed_total'),
      };
  }

  /** The connection to a service was lost, so the time of its next counts is unknown. */
  forget(service: string): void {
    const last = this.#last.get(service);
    if (last) this.#last.set(service, { started: last.started });
  }

  get all(): Second[] {
    return this.#kept;
  }

  /** Returns the seconds that have ended since the last call. @param now Unix milliseconds. */
  takeChanges(now: number): Second[] {
    if (this.#current && this.#current.at < Math.floor(now / 1000)) this.#end();
    return this.#added.splice(0);
  }

  #at(at: number): Second {
    if (this.#current && this.#current.at !== at) this.#end();
    this.#current ??= { at, writes: 0, observers: {} };
    return this.#current;
  }

  #end(): void {
    const second = this.#current;
    this.#current = undefined;
    if (!second || !hasEvents(second)) return;
    pushBounded(this.#kept, second, HISTORY_SECONDS);
    this.#added.push(second);
  }
}

function hasEvents({ writes, observers }: Second): boolean {
  const counts = Object.values(observers).flatMap((one) => Object.values(one));
  return writes > 0 || counts.some((count) => count > 0);
}

function sum(values: Values, prefix: string): number {
  return Object.entries(values).reduce(
    (total, [name, value]) => (name.startsWith(prefix) ? total + value : total),
    0,
  );
}
