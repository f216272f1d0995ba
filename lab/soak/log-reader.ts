/** Reads the services' log lines: keeps incidents, live memory, and the last acknowledged write, and forgets all others. */
import type { Incident } from '../faults/index.ts';
import type { SoakIncident } from './record.ts';

/** Fields of a log line that this file uses. */
interface Line {
  level: number;
  msg: string;
  event?: string;
  seq?: number;
  liveBytes?: number;
}

const WARN = 40;

export class LogReader {
  readonly #onIncident: (incident: Omit<SoakIncident, 'at'>) => void;
  /** seq of the last write that the writer logged as acknowledged. */
  acknowledgedSeq = 0;
  /** Memory that remained after the last garbage collection, until it is taken for a sample. */
  readonly #liveBytes = new Map<string, number>();

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
    const { event, level, msg, seq = 0, liveBytes } = line;
    if (service === 'writer' && event === 'write') this.acknowledgedSeq = seq;
    if (event === 'collected' && liveBytes !== undefined) this.#liveBytes.set(service, liveBytes);
    if (event === 'lost' || event === 'connected') this.incident(service, event, msg);
    else if (level >= WARN) this.incident(service, 'warning', msg);
  }

  /** Returns the memory that remained after a garbage collection since the last call. */
  takeLiveBytes(service: string): number | undefined {
    const bytes = this.#liveBytes.get(service);
    this.#liveBytes.delete(service);
    return bytes;
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
