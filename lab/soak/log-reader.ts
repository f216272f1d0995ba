/** Reads the services' log lines: keeps incidents and the last acknowledged write, and forgets all others. */
import type { Incident } from '../faults/index.ts';
import type { SoakIncident } from './record.ts';

/** Fields of a log line that this file uses. */
interface Line {
  level: number;
  msg: string;
  event?: string;
  seq?: number;
}

const WARN = 40;

export class LogReader {
  readonly #onIncident: (incident: Omit<SoakIncident, 'at'>) => void;
  /** seq of the last write that the writer logged as acknowledged. */
  acknowledgedSeq = 0;

  /** @param onIncident receives each incident. */
  constructor(onIncident: (incident: Omit<SoakIncident, 'at'>) => void) {
    this.#onIncident = onIncident;
  }

  /** Reads one line of a service's output. */
  line(service: string, text: string): void {
    const line = parseLine(text);
    if (line === undefined) {
      this.incident(service, 'warning', text);
      return;
    }
    const { event, level, msg, seq = 0 } = line;
    if (service === 'writer' && event === 'write') this.acknowledgedSeq = seq;
    if (event === 'lost' || event === 'connected') this.incident(service, event, msg);
    else if (level >= WARN) this.incident(service, 'warning', msg);
  }

  incident(who: string, kind: Incident['kind'], text: string): void {
    this.#onIncident({ who, kind, text });
  }
}

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
