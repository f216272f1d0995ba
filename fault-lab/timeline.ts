/** What happens, one line each, on standard error while it happens. */
import type { Incident } from './history.ts';

/** What of the services is worth a line. */
const SHOWN: readonly Incident['kind'][] = ['lost', 'connected', 'killed', 'exited', 'rewritten', 'older'];
const LONGEST = 160;

export class Timeline {
  readonly #start = performance.now();
  #shown: ReadonlySet<string> = new Set();

  /** Seconds since the lab's start, then the line. */
  say(line: string): void {
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(3);
    process.stderr.write(`${seconds.padStart(9)} s  ${line.slice(0, LONGEST)}\n`);
  }

  /** Shows what happened to a service, unless that is said again and again. */
  incident({ kind, service, text }: Incident): void {
    if (!SHOWN.includes(kind)) return;
    const repeated = `${service} ${kind} ${text}`;
    if (this.#shown.has(repeated)) return;
    this.#shown = new Set([...this.#shown, repeated].slice(-3));
    this.say(`  ${text}`);
  }
}
