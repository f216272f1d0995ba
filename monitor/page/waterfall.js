// @ts-check
// Draws the shown write to scale: one lane for the writer, each node, and each observer.
/** @import { Trace } from '../page-state.ts' */
import { byId, fillTables, set, svg } from './dom.js';
import { fromMicros, shorten } from './format.js';
import { colorClass, sorted } from './observers.js';
import { section } from './schedule.js';
import { isSelected, shownWrite } from './shown-write.js';
import { state } from './state.js';
import { exceptionOf, timelineOf } from './timeline.js';
import { timesTable } from './times-table.js';

const LANE = 32;
/** Space for the note below a lane. */
const NOTE = 12;
const TOP = 22;
const place = byId('waterfall');
const lanes = svg('g');
const playhead = svg('line', { class: 'playhead', y1: TOP - 6, visibility: 'hidden' });
const root = svg('svg', { role: 'img', 'aria-label': 'No write yet' }, lanes, playhead);
place.append(root);

/** The track, in pixels. */
let track = { x: 0, w: 1 };

/** @typedef {{ at: number; step?: number }} Mark */
/** @typedef {{ name: string; css: string; bars: [number, number][]; marks: Mark[]; note: string }} Lane */

export function setUpWaterfall() {
  section(byId('write-section'), ['shown', 'writes', 'theme'], draw, 250);
  byId('waterfall-table').addEventListener('toggle', draw);
}

/** @param {number | undefined} share Of the time of the write. */
export function setPlayhead(share) {
  set(playhead, { visibility: share === undefined ? 'hidden' : 'visible' });
  if (share !== undefined)
    set(playhead, { transform: `translate(${(track.x + share * track.w).toFixed(1)} 0)` });
}

function draw() {
  const trace = shownWrite();
  const width = Math.max(260, place.clientWidth);
  const label = width < 420 ? 106 : 124;
  track = { x: label, w: width - label - 14 };
  byId('follow').hidden = !isSelected();
  byId('write-title').textContent =
    trace?.seq === undefined ? 'One write' : `Write #${trace.seq.toLocaleString('en-US')}`;
  const list = trace ? lanesOf(trace) : [];
  const tops = topsOf(list);
  const height = (tops.at(-1) ?? TOP) + 4;
  set(root, { width, height, viewBox: `0 0 ${width} ${height}` });
  set(playhead, { y2: height - 4 });
  if (!trace) {
    lanes.replaceChildren(svg('text', { x: 0, y: TOP + 20 }, 'No write yet.'));
    return;
  }
  const { end } = timelineOf(trace);
  lanes.replaceChildren(...axis(end, height), ...list.map((lane, i) => drawLane(lane, tops[i] ?? TOP, end)));
  set(root, {
    'aria-label': `Write ${trace.id}: ${fromMicros(end)} until the last event. The table below has the times.`,
  });
  fillTables(byId('waterfall-table'), () => [timesTable(trace)]);
}

/** @param {Trace} trace @returns {Lane[]} */
function lanesOf(trace) {
  const { sent, writer, acknowledged, visible, observers } = trace;
  const since = (/** @type {number | undefined} */ at) => (at === undefined ? [] : [at - sent]);
  const { role, name: service = writer } = state.mesh.services.find(({ role }) => role === 'writer') ?? {};
  const { node: first } = timelineOf(trace);
  const nodes = new Set([...state.mesh.nodes.map(({ name }) => name), ...Object.keys(visible)]);
  return [
    {
      name: role ? service : writer,
      css: 'write',
      bars: since(acknowledged?.at).map((at) => [0, at]),
      marks: [{ at: 0, step: 1 }, ...since(acknowledged?.at).map((at) => ({ at }))],
      note: '',
    },
    ...[...nodes].map((name) => ({
      name,
      css: 'write',
      bars: [],
      marks: since(visible[name]).map((at) => ({ at, step: name === first ? 1 : 2 })),
      note: '',
    })),
    ...sorted(state.observersOf(trace)).map((name) => {
      const seen = observers[name] ?? {};
      const [start = 0] = since(seen.handshakeSent ?? seen.read);
      return {
        name,
        css: colorClass(name),
        bars: since(seen.handshakeReceived).map((at) => /** @type {[number, number]} */ ([start, at])),
        marks: [
          ...since(seen.notified).map((at) => ({ at, step: 3 })),
          ...since(seen.read).map((at) => ({ at, step: 4 })),
          ...since(seen.handshakeAcknowledged).map((at) => ({ at })),
          ...since(seen.handshakeReceived).map((at) => ({ at, step: 5 })),
        ],
        note: exceptionOf(seen),
      };
    }),
  ];
}

/** Returns the top of each lane, and the end of the last one. @param {Lane[]} list */
function topsOf(list) {
  const tops = [TOP];
  for (const { note } of list) tops.push((tops.at(-1) ?? TOP) + LANE + (note ? NOTE : 0));
  return tops;
}

/** @param {Lane} lane @param {number} top @param {number} end */
function drawLane({ name, css, bars, marks, note }, top, end) {
  const y = top + LANE / 2;
  const x = (/** @type {number} */ at) => track.x + (Math.max(0, at) / end) * track.w;
  const group = svg('g', { class: `lane ${css}` });
  group.append(
    svg(
      'text',
      { class: 'name', x: 0, y: y + 4 },
      svg('title', {}, name),
      shorten(name, Math.floor(track.x / 7)),
    ),
    svg('line', { class: 'track', x1: track.x, x2: track.x + track.w, y1: y, y2: y }),
    ...bars.map(([from, to]) =>
      svg('rect', {
        class: 'bar',
        x: x(from),
        y: y - 3,
        width: Math.max(1, x(to) - x(from)),
        height: 6,
        rx: 2,
      }),
    ),
  );
  let free = Number.NEGATIVE_INFINITY;
  for (const { at, step } of marks) {
    group.append(svg('line', { class: 'tick', x1: x(at), x2: x(at), y1: y - 9, y2: y + 9 }));
    if (step === undefined) continue;
    // The tick is exact; its number moves aside if there is no space.
    const center = Math.max(x(at), free);
    free = center + 18;
    group.append(
      svg(
        'g',
        { class: 'token', transform: `translate(${center} ${y})` },
        svg('circle', { r: 8.5 }),
        svg('text', { y: 4 }, String(step)),
      ),
    );
  }
  if (note) group.append(svg('text', { class: 'note', x: track.x + 4, y: y + 21 }, note));
  return group;
}

/** @param {number} end @param {number} height */
function axis(end, height) {
  const step = niceStep(end / Math.max(2, Math.floor(track.w / 90)));
  /** @type {SVGElement[]} */
  const parts = [];
  for (let at = 0; at <= end; at += step) {
    const x = track.x + (at / end) * track.w;
    parts.push(
      svg('line', { class: 'grid', x1: x, x2: x, y1: TOP - 4, y2: height - 4 }),
      svg('text', { class: 'tick-label', x, y: 12 }, at === 0 ? '0' : axisLabel(at)),
    );
  }
  return parts;
}

/** @param {number} micros */
function axisLabel(micros) {
  const [value, unit] = micros < 1e6 ? [micros / 1e3, 'ms'] : [micros / 1e6, 's'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** @param {number} least */
function niceStep(least) {
  const decade = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * decade >= least) ?? 10) * decade;
}
