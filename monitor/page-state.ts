/**
 * What the live page shows, as plain data. `GET /live` sends it as server-sent events: first `snapshot` with a whole `Page`,
 * then `changes`. Times are Unix time on the writer's clock, as far as the clock offsets are known.
 */
import type { OfferedControls } from '../toolkit/control-messages.ts';
import type { Link, NodeState, Pair } from './mesh-state.ts';

export interface Page {
  mesh: Mesh;
  /** The last writes, oldest first. */
  writes: Trace[];
  samples: Samples;
  /** The last 10 minutes, oldest first. A second in which nothing happened is absent. */
  seconds: Second[];
  /** The last lines, oldest first. */
  log: LogEntry[];
  controls: Controls;
}

/** `mesh` and `controls` replace the earlier ones; `mesh` arrives at least each second. `writes` replace those with the same ID. All others are appended. */
export type Changes = Partial<Page> & {
  /** Log lines that were left out since the last changes, because there were too many. */
  omittedLines?: number;
};

export interface Mesh {
  /** Unix time of the monitor, in milliseconds. */
  at: number;
  sharedKey: string;
  nodes: PageNode[];
  links: PageLink[];
  services: PageService[];
}

export interface PageNode extends Pick<NodeState, 'name' | 'status' | 'reason' | 'since'> {
  /** Absent while the node does not answer, and if it has no valid value. */
  value?: { writer: string; text: string; seq?: number; micros?: number; timestamp: number };
  /** Text of the key of the interval; `null`: the node has none; absent: unknown. */
  interval?: string | null;
}

/** One direction of a link: writes on `from` reach `to`. */
export interface PageLink extends Pick<Link, 'status'>, Pick<Pair, 'from' | 'to' | 'received' | 'lost'> {
  /** Latency of the last canary, and its jitter. */
  canarySeconds?: number;
  jitterSeconds?: number;
}

export interface PageService {
  name: string;
  role: 'writer' | 'observer';
  /** Address of its metrics; absent if only its handshakes are known. */
  address?: string;
  /** `down`: the monitor does not reach it. */
  status: 'up' | 'down' | 'unknown';
  reason: string;
  /** The node that it uses now. */
  node?: string;
  /** Its counters and gauges by name, such as `mesh_writes_missed_total`. */
  values: Record<string, number>;
}

/** One write, and what became of it. Times are Unix microseconds. */
export interface Trace {
  /** Writer and seq. */
  id: string;
  writer: string;
  seq: number;
  /** Just before the SET was sent: `micros` of the value. */
  sent: number;
  acknowledged?: { at: number; node: string };
  /** When each node announced it. */
  visible: Record<string, number>;
  observers: Record<string, ObserverTrace>;
}

export interface ObserverTrace {
  node?: string;
  /** Arrival of the notification. Absent for a read after a connection or by a poll. */
  notified?: number;
  read?: number;
  handshakeSent?: number;
  handshakeAcknowledged?: number;
  /** Arrival at the writer. */
  handshakeReceived?: number;
  /** The read was a catch-up: no notification announced this write to the observer. */
  caughtUp?: true;
  /** No read returned this write. `conflated`: a newer write replaced it. `missed`: its notification was lost. */
  lost?: 'conflated' | 'missed';
}

/** By observer: Unix milliseconds and seconds. At most four of each a second. */
export type Samples = Record<
  string,
  { roundTrip: [at: number, seconds: number][]; difference: [number, number][] }
>;

export interface Second {
  /** Unix seconds. */
  at: number;
  writes: number;
  observers: Record<string, { observed: number; conflated: number; missed: number }>;
}

export interface LogEntry {
  /** Unix milliseconds. */
  at: number;
  /** Name of the service, or `monitor`. */
  source: string;
  level: 'info' | 'warn' | 'error';
  event: string;
  /** Node of the event. */
  node?: string;
  text: string;
}

/** A control that does not work is absent. `write` and `faults`: see controls.ts. */
export interface Controls extends Partial<OfferedControls> {
  /** POST /actions/interval {node, seconds}; seconds null: deletes the key. */
  interval?: { key: string; minSeconds: number; maxSeconds: number; nodes: string[] };
}
