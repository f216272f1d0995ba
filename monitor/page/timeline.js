// @ts-check
// What happens to one write, as intervals in microseconds since it was sent. The waterfall, the slow motion, and the
// figures of the steps show the same intervals.
/** @import { ObserverTrace, Trace } from '../page-state.ts' */

/** @typedef {1 | 2 | 3 | 4 | 5} Step */
/**
 * @typedef {object} Part
 * @property {Step} step
 * @property {string} from A node, an observer, or the writer.
 * @property {string} to
 * @property {number} start
 * @property {number} end
 * @property {string} [observer]
 */
/** @typedef {{ parts: Part[]; end: number; node: string | undefined }} Timeline */

/** @type {WeakMap<Trace, Timeline>} */
const known = new WeakMap();

/** @param {Trace} trace */
export function timelineOf(trace) {
  const timeline = known.get(trace) ?? create(trace);
  known.set(trace, timeline);
  return timeline;
}

/** @param {Trace} trace @returns {Timeline} */
function create(trace) {
  const { sent, visible, acknowledged, writer } = trace;
  const nodes = Object.entries(visible).map(([name, at]) => ({ name, at: at - sent }));
  nodes.sort((a, b) => a.at - b.at);
  const node = acknowledged?.node ?? nodes[0]?.name;
  const arrived = node === undefined ? undefined : (visible[node] ?? acknowledged?.at);
  /** @type {Part[]} */
  const parts = [];
  const first = Math.max(0, (arrived ?? sent) - sent);
  if (node !== undefined) parts.push({ step: 1, from: writer, to: node, start: 0, end: first });
  for (const { name, at } of nodes) {
    if (name === node || node === undefined) continue;
    // The monitor's notification may arrive after the observer's own.
    parts.push({ step: 2, from: node, to: name, start: Math.min(first, at), end: at });
  }
  for (const [observer, seen] of Object.entries(trace.observers)) {
    parts.push(...observerParts(trace, observer, seen));
  }
  const ends = [...parts.map(({ end }) => end), (acknowledged?.at ?? sent) - sent];
  return { parts, end: Math.max(1, ...ends), node };
}

/** @param {Trace} trace @param {string} observer @param {ObserverTrace} seen @returns {Part[]} */
function observerParts({ sent, visible, writer }, observer, seen) {
  const { node = '', notified, read, handshakeSent, handshakeReceived } = seen;
  /** @type {Part[]} */
  const parts = [];
  const announced = notified ?? read;
  if (notified !== undefined) {
    const start = Math.min(visible[node] ?? notified, notified) - sent;
    parts.push({ step: 3, from: node, to: observer, start, end: notified - sent, observer });
  }
  if (read !== undefined && announced !== undefined) {
    parts.push({ step: 4, from: observer, to: node, start: announced - sent, end: read - sent, observer });
  }
  const answered = handshakeSent ?? read;
  if (answered !== undefined && handshakeReceived !== undefined) {
    parts.push({
      step: 5,
      from: observer,
      to: writer,
      start: answered - sent,
      end: handshakeReceived - sent,
      observer,
    });
  }
  return parts;
}

/** Returns what differs from the usual course of a write. @param {ObserverTrace} seen */
export function exceptionOf({ lost, caughtUp }) {
  if (lost === 'conflated') return 'conflated: a newer write replaced it';
  if (lost === 'missed') return 'missed: its notification was lost';
  return caughtUp ? 'caught up: read without a notification' : '';
}
