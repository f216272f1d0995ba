// @ts-check
// The state of the page: the snapshot of the server with all changes since. Every list has a fixed size.
/** @import { Changes, LogEntry, Page, Second, Trace } from '../page-state.ts' */

export const SECONDS = 600;
const CHART_SECONDS = [60, 120, 300];
const TRACES = 200;
const LINES = 200;
const SAMPLES = 4 * SECONDS;

/** A line of the log: an entry, or a count of the lines that the server left out. */
/** @typedef {LogEntry & { number: number } | { number: number; omitted: number }} Line */

/** @type {Pick<Page, 'mesh' | 'samples' | 'controls'>} */
const EMPTY = {
  mesh: { at: 0, sharedKey: '', nodes: [], links: [], services: [] },
  samples: {},
  controls: {},
};

class State {
  mesh = EMPTY.mesh;
  controls = EMPTY.controls;
  samples = EMPTY.samples;
  /** By ID, oldest first. @type {Map<string, Trace>} */
  writes = new Map();
  /** By Unix second. @type {Map<number, Second>} */
  seconds = new Map();
  /** Oldest first. @type {Line[]} */
  lines = [];
  #lastLine = 0;
  /** Monotonic time of the arrival of `mesh`, in milliseconds. */
  #meshAt = 0;

  /** The time of the monitor now, which may differ from that of the browser. Unix milliseconds. */
  get now() {
    return this.mesh.at === 0 ? Date.now() : this.mesh.at + performance.now() - this.#meshAt;
  }

  /** Time that the charts show, in seconds: all of them the same, and as much as there is data for. */
  get chartSeconds() {
    const starts = Object.values(this.samples).flatMap(({ roundTrip, difference }) =>
      [roundTrip[0], difference[0]].flatMap((first) => (first ? [first[0] / 1000] : [])),
    );
    const [first = this.now / 1000] = this.seconds.keys();
    const age = this.now / 1000 - Math.min(first, ...starts);
    return CHART_SECONDS.find((seconds) => seconds >= age) ?? SECONDS;
  }

  /** Returns the observers of a write, also those that have not read it. @param {Trace} trace */
  observersOf({ observers }) {
    const known = this.mesh.services.flatMap(({ name, role }) => (role === 'observer' ? [name] : []));
    return new Set([...known, ...Object.keys(observers)]);
  }

  /** @param {Page} page */
  replace(page) {
    this.samples = {};
    this.writes.clear();
    this.seconds.clear();
    this.lines = [];
    this.apply(page);
  }

  /** @param {Changes} changes */
  apply({ mesh, controls, writes = [], samples = {}, seconds = [], log = [], omittedLines = 0 }) {
    if (mesh) {
      this.mesh = mesh;
      this.#meshAt = performance.now();
    }
    if (controls) this.controls = controls;
    for (const trace of writes) this.writes.set(trace.id, trace);
    for (const second of seconds) this.seconds.set(second.at, second);
    for (const [observer, { roundTrip, difference }] of Object.entries(samples)) {
      this.samples[observer] ??= { roundTrip: [], difference: [] };
      append(this.samples[observer].roundTrip, roundTrip, SAMPLES);
      append(this.samples[observer].difference, difference, SAMPLES);
    }
    if (omittedLines > 0) this.#addOmitted(omittedLines);
    append(
      this.lines,
      log.map((entry) => ({ ...entry, number: this.#nextLine() })),
      LINES,
    );
    for (const id of oldest(this.writes, TRACES)) this.writes.delete(id);
    for (const at of oldest(this.seconds, SECONDS)) this.seconds.delete(at);
  }

  /** @param {number} omitted */
  #addOmitted(omitted) {
    append(this.lines, [{ number: this.#nextLine(), omitted }], LINES);
  }

  #nextLine() {
    this.#lastLine += 1;
    return this.#lastLine;
  }
}

/**
 * @template T
 * @param {T[]} list
 * @param {T[]} items
 * @param {number} max
 */
function append(list, items, max) {
  list.push(...items);
  if (list.length > max) list.splice(0, list.length - max);
}

/**
 * @template K
 * @param {Map<K, unknown>} map
 * @param {number} max
 */
function oldest(map, max) {
  return [...map.keys()].slice(0, Math.max(0, map.size - max));
}

export const state = new State();
