/** Converts the services' log lines into the history. All times in Unix microseconds. */
import { parseValue } from '../../../common/value.ts';
import type { Handshake, History, Incident, Observation, Write } from '../history.ts';

/** Fields of a log line that the recorder uses. */
interface Line {
  time: number;
  level: number;
  msg: string;
  event?: string;
  node?: string;
  seq?: number;
  conflated?: number;
  missed?: number;
  nodes?: number;
  refused?: boolean;
}

/**
 * Tolerance for a value whose timestamp is later than its log line. Log times are whole milliseconds, and the writer's
 * microsecond clock may be 2 ms off. A larger difference shows that a clock was wrong.
 */
const STAMP_TOLERANCE_MICROS = 5_000;
/** Lowest log level of a warning. */
const WARN = 40;
/** Log events that are incidents, and their kinds in the history. */
const INCIDENTS: Record<string, Incident['kind']> = {
  connected: 'connected',
  'write-node': 'write-node',
  lost: 'lost',
  older: 'older',
  stopped: 'stopped',
  'write-failed': 'write-failed',
  'clock-offset': 'clock-offset',
};

export class Recorder implements Pick<History, 'writes' | 'observations' | 'handshakes' | 'incidents'> {
  readonly writes: Write[] = [];
  readonly observations: Observation[] = [];
  readonly handshakes: Handshake[] = [];
  readonly incidents: Incident[] = [];
  readonly #onIncident: (incident: Incident) => void;
  readonly #skewMs: number;

  /**
   * @param onIncident receives each recorded incident.
   * @param skewMs offset by which a fault may set a service's clock wrong, in milliseconds.
   */
  constructor(onIncident: (incident: Incident) => void, skewMs = 0) {
    this.#onIncident = onIncident;
    this.#skewMs = skewMs;
  }

  /** Records one line of a service's output. */
  line(service: string, text: string): void {
    const line = parseLine(text);
    if (line === undefined) {
      this.incident(service, 'warning', text);
      return;
    }
    // Unambiguous, because the offset of a wrong clock is much larger than the delay of a log line.
    const wrong = this.#skewMs > 0 && line.time - Date.now() > this.#skewMs / 2;
    const at = (line.time - (wrong ? this.#skewMs : 0)) * 1000;
    if (service === 'writer') this.#writerLine(line, at);
    else this.#observerLine(service, line, at);
    if (/^Starting /.test(line.msg)) this.incident(service, 'started', line.msg, at);
    const kind = INCIDENTS[line.event ?? ''] ?? (line.level >= WARN ? 'warning' : undefined);
    // Only a fault that sets a clock makes the offsets interesting.
    if (kind === undefined || (kind === 'clock-offset' && this.#skewMs === 0)) return;
    const rewritten = service === 'writer' && kind === 'older';
    this.incident(service, rewritten ? 'rewritten' : kind, line.msg, at, line.node);
  }

  incident(
    service: string,
    kind: Incident['kind'],
    text: string,
    at = Date.now() * 1000,
    node?: string,
  ): void {
    const incident: Incident = { service, at, kind, text, ...(node !== undefined && { node }) };
    this.incidents.push(incident);
    this.#onIncident(incident);
  }

  /** Returns the node that a service is connected to; `undefined` while it reconnects. */
  nodeOf(service: string): string | undefined {
    const last = this.incidents.findLast(
      ({ kind, service: who }) => who === service && (kind === 'connected' || kind === 'lost'),
    );
    return last?.kind === 'connected' ? last.node : undefined;
  }

  #writerLine(line: Line, at: number): void {
    const { event, node = '', seq = 0 } = line;
    if (event === 'write') this.#write(line, at, 'acknowledged');
    else if (event === 'write-failed') this.#write(line, at, line.refused ? 'rejected' : 'unknown');
    else if (event === 'confirmed') {
      const write = this.writes.findLast((one) => one.seq === seq && one.node === node);
      if (write) write.confirmed = line.nodes ?? 0;
    }
  }

  #write({ msg, seq = 0, node = '' }: Line, at: number, outcome: Write['outcome']): void {
    const parsed = parseValue(msg.slice(msg.indexOf(': ') + 2));
    const micros = parsed.ok ? parsed.value.micros : undefined;
    const stampedWrong = micros !== undefined && micros - at > STAMP_TOLERANCE_MICROS;
    this.writes.push({
      seq,
      micros: micros ?? at,
      ...(stampedWrong && { at }),
      node,
      outcome,
      ...(outcome === 'acknowledged' && { acknowledgedAt: at }),
    });
  }

  #observerLine(observer: string, line: Line, at: number): void {
    const { event, node = '', seq = 0, conflated = 0, missed } = line;
    if (event === 'read') {
      this.observations.push({
        observer,
        at,
        node,
        seq,
        conflated,
        ...(missed !== undefined && { missed }),
      });
    } else if (event === 'handshake') this.handshakes.push({ observer, at, node, seq });
  }
}

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
