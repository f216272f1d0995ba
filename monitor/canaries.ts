/**
 * Counts the canaries of each pair of nodes. A canary is a numbered write on one node (`from`), which every other node
 * (`to`) must announce.
 *
 * A canary counts only if the monitor is connected to both nodes until it arrives or its deadline passes. Otherwise its
 * outcome is unknown, and keydb_up shows the cause. At most one canary of a node is in flight.
 */
import type { Clock } from '../common/clock.ts';
import type { CanaryWrites, Pair } from './mesh-state.ts';

/** Receives what happens to the canaries of a pair. */
export interface CanaryEvents {
  onReceived(pair: Pair, seconds: number): void;
  onLost(pair: Pair): void;
}

interface Flight {
  id: number;
  /** Monotonic time, in milliseconds. */
  sentAt: number;
  acknowledged: boolean;
  /** Nodes that have not announced it yet. */
  waiting: Set<string>;
  cancelDeadline: () => void;
}

/**
 * Time between the deadline and the loss, in milliseconds. If the monitor itself is not scheduled for longer than the
 * deadline, it first reads the notifications that have arrived.
 */
const GRACE_MS = 500;
/** RFC 3550: each new difference changes the jitter by a sixteenth. */
const JITTER_GAIN = 1 / 16;

export class Canaries {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #events: CanaryEvents;
  readonly #flights = new Map<string, Flight>();
  readonly #pairs = new Map<string, Pair>();
  readonly #writes = new Map<string, CanaryWrites>();
  /** Different after each start, so that a canary of an earlier process is never one of this process. */
  #lastId: number;

  constructor(deadlineMs: number, events: CanaryEvents, clock: Clock) {
    this.#deadlineMs = deadlineMs;
    this.#events = events;
    this.#clock = clock;
    this.#lastId = clock.micros();
  }

  /** Adds the pairs of a node that accepts writes, with counts of 0. */
  add(from: string, others: readonly string[]): void {
    if (this.#writes.has(from)) return;
    this.#writes.set(from, { from, acknowledged: 0, rejected: 0 });
    for (const to of others) this.#pairs.set(keyOf(from, to), { from, to, received: 0, lost: 0 });
  }

  /** Returns the number of a new canary, or `undefined` while one of this node is in flight. */
  start(from: string, to: readonly string[]): number | undefined {
    if (this.#flights.has(from)) return undefined;
    this.#lastId += 1;
    const id = this.#lastId;
    this.#flights.set(from, {
      id,
      sentAt: this.#clock.now(),
      acknowledged: false,
      waiting: new Set(to),
      cancelDeadline: this.#clock.after(this.#deadlineMs, () => this.#grant(from)),
    });
    return id;
  }

  /** The node acknowledged or rejected the write. A rejected canary is on no node. */
  written(from: string, id: number, acknowledged: boolean): void {
    const writes = this.#writes.get(from);
    if (writes) writes[acknowledged ? 'acknowledged' : 'rejected'] += 1;
    const flight = this.#flights.get(from);
    if (flight?.id !== id) return;
    flight.acknowledged = true;
    if (!acknowledged) flight.waiting.clear();
    this.#endIfComplete(from, flight);
  }

  /** @param at monotonic time of the notification, in milliseconds. Ignores a canary that is late. */
  announced(from: string, to: string, id: number, at: number): void {
    const flight = this.#flights.get(from);
    const pair = this.#pairs.get(keyOf(from, to));
    if (flight?.id !== id || !pair || !flight.waiting.delete(to)) return;
    const seconds = (at - flight.sentAt) / 1000;
    if (pair.lastSeconds !== undefined) {
      const { jitterSeconds: jitter = 0 } = pair;
      pair.jitterSeconds = jitter + (Math.abs(seconds - pair.lastSeconds) - jitter) * JITTER_GAIN;
    }
    pair.lastSeconds = seconds;
    pair.received += 1;
    this.#events.onReceived(pair, seconds);
    this.#endIfComplete(from, flight);
  }

  /** Forgets the canaries in flight from and to a node, because the monitor lost its connection to the node. */
  forget(node: string): void {
    this.#end(node);
    for (const [from, flight] of this.#flights) {
      flight.waiting.delete(node);
      this.#endIfComplete(from, flight);
    }
  }

  get pairs(): Pair[] {
    return [...this.#pairs.values()];
  }

  get writes(): CanaryWrites[] {
    return [...this.#writes.values()];
  }

  #grant(from: string): void {
    const flight = this.#flights.get(from);
    if (flight) flight.cancelDeadline = this.#clock.after(GRACE_MS, () => this.#expire(from));
  }

  #expire(from: string): void {
    const waiting = this.#flights.get(from)?.waiting ?? [];
    this.#end(from);
    for (const to of waiting) {
      const pair = this.#pairs.get(keyOf(from, to));
      if (!pair) continue;
      pair.lost += 1;
      this.#events.onLost(pair);
    }
  }

  #endIfComplete(from: string, { acknowledged, waiting }: Flight): void {
    if (acknowledged && waiting.size === 0) this.#end(from);
  }

  #end(from: string): void {
    this.#flights.get(from)?.cancelDeadline();
    this.#flights.delete(from);
  }
}

function keyOf(from: string, to: string): string {
  return `${from} ${to}`;
}
