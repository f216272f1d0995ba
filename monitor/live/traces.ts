/**
 * Merges the lines of the services, and the announcements of the nodes, into traces: one for each write. Lines arrive in
 * any order, because each service sends its own.
 *
 * Under load, services and nodes report only the first writes of each window. A trace therefore becomes visible only when
 * its writer has reported it, and only the first ones of a window do.
 */
import type { Value } from '../../common/value.ts';
import type { ObserverTrace, Trace } from '../page-state.ts';
import { WINDOW_MICROS, WRITES_PER_WINDOW } from '../value-watch.ts';
import { pushBounded, setBounded } from './bounded.ts';
import type { Line } from './line.ts';

const MAX_SHOWN = 200;
/** Traces that are not shown yet: about those of two seconds under load. */
const MAX_HIDDEN = 500;
const MAX_GAPS = 50;
/** In one trace. Any client can send handshakes under any name. */
const MAX_OBSERVERS = 32;

/** Writes that an observer did not read. */
interface Gap {
  observer: string;
  writer: string;
  first: number;
  last: number;
  lost: 'conflated' | 'missed';
}

export class Traces {
  readonly #reports: (writer: string) => boolean;
  readonly #shown = new Map<string, Trace>();
  readonly #hidden = new Map<string, Trace>();
  readonly #changed = new Set<Trace>();
  readonly #gaps: Gap[] = [];
  #window = 0;
  #inWindow = 0;

  /** @param reports whether a connected service reports the writes of this writer. */
  constructor(reports: (writer: string) => boolean) {
    this.#reports = reports;
  }

  get all(): Trace[] {
    return [...this.#shown.values()];
  }

  /** Returns the shown traces that have changed since the last call. */
  takeChanges(): Trace[] {
    const changed = [...this.#changed].filter(({ id }) => this.#shown.has(id));
    this.#changed.clear();
    return changed;
  }

  /** Adds the line `write` of a writer. */
  addWrite(writer: string, { seq, sentMicros, acknowledgedMicros: at, node = '' }: Line): void {
    const trace = this.#find(writer, seq, sentMicros);
    if (!trace) return;
    if (at !== undefined) trace.acknowledged = { at, node };
    this.#show(trace);
  }

  /** Adds the announcement of a write by a node. @param at Unix microseconds. */
  addVisible(node: string, { name: writer, seq, micros }: Value, at: number): void {
    const trace = this.#find(writer, seq, micros);
    if (!trace) return;
    trace.visible[node] ??= at;
    this.#changeOrShow(trace);
  }

  /** Adds the line `read` of an observer. @param offset its clock minus the writer's clock, in microseconds. */
  addRead(observer: string, writer: string, line: Line, offset: number): void {
    const { seq, node, readMicros, notifiedMicros, differenceSeconds } = line;
    if (seq === undefined || readMicros === undefined || differenceSeconds === undefined) return;
    const trace = this.#find(writer, seq, Math.round(readMicros - differenceSeconds * 1e6));
    if (!trace) return;
    merge(trace, observer, {
      ...(node !== undefined && { node }),
      ...(notifiedMicros !== undefined && { notified: notifiedMicros - offset }),
      read: readMicros - offset,
      ...(line.caughtUp && { caughtUp: true }),
    });
    const { conflated = 0, missed = 0 } = line;
    // `missed` includes the write that was read.
    const unread = line.caughtUp ? missed - 1 : conflated;
    const lost = line.caughtUp ? 'missed' : 'conflated';
    if (unread > 0) this.#addGap({ observer, writer, first: seq - unread, last: seq - 1, lost });
    this.#changeOrShow(trace);
  }

  /** Adds the line `handshake` of an observer. @param offset as in `addRead`. */
  addHandshakeSent(observer: string, writer: string, line: Line, offset: number): void {
    const { seq, sentMicros: sent, acknowledgedMicros: acknowledged } = line;
    const trace = this.#find(writer, seq);
    if (!trace) return;
    merge(trace, observer, {
      ...(sent !== undefined && { handshakeSent: sent - offset }),
      ...(acknowledged !== undefined && { handshakeAcknowledged: acknowledged - offset }),
    });
    this.#changeOrShow(trace);
  }

  /** Adds the line `handshake` of a writer. @param offset as in `addRead`. */
  addHandshakeReceived(observer: string, writer: string, line: Line, offset: number): void {
    const { seq, arrivedMicros, readMicros } = line;
    const trace = this.#find(writer, seq);
    if (!trace || arrivedMicros === undefined) return;
    const read =
      trace.observers[observer]?.read ?? (readMicros === undefined ? undefined : readMicros - offset);
    merge(trace, observer, { ...(read !== undefined && { read }), handshakeReceived: arrivedMicros });
    this.#changeOrShow(trace);
  }

  /** Returns the trace of a write. @param sent creates the trace if there is none. */
  #find(writer: string, seq: number | undefined, sent?: number): Trace | undefined {
    if (seq === undefined) return undefined;
    const id = `${writer} ${seq}`;
    const known = this.#shown.get(id) ?? this.#hidden.get(id);
    if (known || sent === undefined) return known;
    const trace: Trace = { id, writer, seq, sent, visible: {}, observers: {} };
    setBounded(this.#hidden, id, trace, MAX_HIDDEN);
    return trace;
  }

  /** Shows the writes of a writer that no service reports as soon as a node or an observer reports them. */
  #changeOrShow(trace: Trace): void {
    if (this.#shown.has(trace.id)) this.#changed.add(trace);
    else if (!this.#reports(trace.writer)) this.#show(trace);
  }

  #show(trace: Trace): void {
    const { id, sent } = trace;
    this.#changed.add(trace);
    if (this.#shown.has(id)) return;
    const window = Math.floor(sent / WINDOW_MICROS);
    if (window > this.#window) [this.#window, this.#inWindow] = [window, 0];
    this.#inWindow += 1;
    if (this.#inWindow > WRITES_PER_WINDOW) return;
    this.#hidden.delete(id);
    setBounded(this.#shown, id, trace, MAX_SHOWN);
    for (const gap of this.#gaps) this.#mark(trace, gap);
  }

  #addGap(gap: Gap): void {
    pushBounded(this.#gaps, gap, MAX_GAPS);
    for (const trace of this.#shown.values()) this.#mark(trace, gap);
  }

  #mark(trace: Trace, { observer, writer, first, last, lost }: Gap): void {
    if (trace.writer !== writer || trace.seq < first || trace.seq > last || trace.observers[observer]) return;
    trace.observers[observer] = { lost };
    this.#changed.add(trace);
  }
}

function merge({ observers }: Trace, name: string, more: ObserverTrace): void {
  const known = observers[name];
  if (known || Object.keys(observers).length < MAX_OBSERVERS) observers[name] = { ...known, ...more };
}
