/** Prints events as they happen, one line each. */
import type { Progress } from '../../toolkit/progress.ts';
import type { Incident } from './history.ts';

/** Kinds of incidents that are printed. */
const SHOWN: readonly Incident['kind'][] = [
  'lost',
  'connected',
  'killed',
  'exited',
  'rewritten',
  'older',
  'clock-offset',
];
const LONGEST = 160;

export class Timeline {
  readonly #progress: Progress;
  readonly #start = performance.now();
  /** Last incident of each service. */
  readonly #last = new Map<string, Incident>();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Prints a line after the seconds since the lab's start. */
  say(line: string): void {
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(3);
    this.#progress.say(`${seconds.padStart(9)} s  ${line.slice(0, LONGEST)}`);
  }

  /** Prints an incident unless it repeats: a service may lose one node after another. */
  incident(incident: Incident): void {
    const { kind, service, text } = incident;
    if (!SHOWN.includes(kind)) return;
    const last = this.#last.get(service);
    this.#last.set(service, incident);
    if (kind === last?.kind && (kind === 'lost' || text === last.text)) return;
    this.say(`  ${text}`);
  }
}
