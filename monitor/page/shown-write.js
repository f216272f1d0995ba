// @ts-check
// Chooses the write that the page shows: a selected one, or one of the newest, for long enough to be looked at.
/** @import { Trace } from '../page-state.ts' */
import { changed } from './schedule.js';
import { state } from './state.js';

/** After this time, nothing more is expected of a write, in milliseconds. */
const COMPLETE_MS = 2_000;
const SHOWN_MS = 4_800;

/** @type {Trace | undefined} */
let current;
let selected = false;
let shownSince = Number.NEGATIVE_INFINITY;
/** @type {((trace: Trace) => void) | undefined} */
let onShown;

/** @param {(trace: Trace) => void} listener Called with each write that is newly shown. */
export function listen(listener) {
  onShown = listener;
}

/** Returns the write with what is known of it now. */
export function shownWrite() {
  return current;
}

export function isSelected() {
  return selected;
}

/** @param {string} id */
export function select(id) {
  const trace = state.writes.get(id);
  if (!trace) return;
  selected = true;
  show(trace);
}

export function follow() {
  selected = false;
  shownSince = Number.NEGATIVE_INFINITY;
  update();
  changed('shown');
}

/** Call it when writes have changed, and regularly. */
export function update() {
  if (current) current = state.writes.get(current.id) ?? current;
  if (selected || performance.now() - shownSince < SHOWN_MS) return;
  const newest = newestComplete();
  if (newest && newest.id !== current?.id) show(newest);
}

/** @param {Trace} trace */
function show(trace) {
  current = trace;
  shownSince = performance.now();
  onShown?.(trace);
  changed('shown');
}

/** Under load, observers read few of the writes: prefers one that they have read. */
function newestComplete() {
  /** @type {Trace | undefined} */
  let best;
  let most = -1;
  for (const trace of [...state.writes.values()].reverse()) {
    if (trace.sent <= (current?.sent ?? 0)) break;
    const received = Object.values(trace.observers).filter(
      ({ handshakeReceived }) => handshakeReceived,
    ).length;
    if (received > most && isComplete(trace)) [best, most] = [trace, received];
  }
  return best;
}

/** @param {Trace} trace */
function isComplete(trace) {
  if (state.now - trace.sent / 1000 > COMPLETE_MS) return true;
  const { acknowledged, observers } = trace;
  const names = state.mesh.services.flatMap(({ name, role, status }) =>
    role === 'observer' && status === 'up' ? [name] : [],
  );
  return (
    acknowledged !== undefined &&
    names.length > 0 &&
    names.every((name) => observers[name]?.lost ?? observers[name]?.handshakeReceived)
  );
}
