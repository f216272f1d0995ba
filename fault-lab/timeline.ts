/** What happens, one line each, on standard error while it happens. */
import type { Incident } from './history.ts';

/** What of the services is worth a line. */
const SHOWN: readonly Incident['kind'][] = ['lost', 'connected', 'killed', 'exited', 'rewritten', 'older'];
const LONGEST = 160;

export class Timeline {
  readonly #start = performance.now();
  /** What was said last of each service. */
  readonly #last = new Map<string, Incident>();

  /** Seconds since the lab's start, then the line. */
  say(line: string): void {
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(3);
    process.stderr.write(`${seconds.padStart(9)} s  ${line.slice(0, LONGEST)}\n`);
  }

  /** Shows what happened to a service, unless the same goes on: it may lose one node after the other. */
  incident(incident: Incident): void {
    const { kind, service, text } = incident;
    if (!SHOWN.includes(kind)) return;
    const last = this.#last.get(service);
    this.#last.set(service, incident);
    if (kind === last?.kind && (kind === 'lost' || text === last.text)) return;
    this.say(`  ${text}`);
  }
}
