// @ts-check
// Lists the recent writes, each with a bar to a common scale. Selecting one shows it.
/** @import { Trace } from '../page-state.ts' */
import { byId, html, set, write } from './dom.js';
import { count, fromMicros, time } from './format.js';
import { colorClass, markIcon, sorted } from './observers.js';
import { section } from './schedule.js';
import { isSelected, select, shownWrite } from './shown-write.js';
import { state } from './state.js';
import { exceptionOf } from './timeline.js';

const SHOWN = 40;
const list = byId('writes');
/** IDs of the listed writes, newest first. @type {string[]} */
let ids = [];

export function setUpWrites() {
  section(byId('write-section'), ['writes', 'shown'], draw, 500);
  list.addEventListener('keydown', onKey);
  list.addEventListener('click', ({ target }) => {
    const option = target instanceof Element ? target.closest('[role=option]') : null;
    if (option instanceof HTMLElement) choose(option.dataset.id);
  });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const at = ids.indexOf(shownWrite()?.id ?? '');
  const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1, Enter: at, ' ': at };
  if (!(event.key in targets)) return;
  event.preventDefault();
  const target = targets[/** @type {keyof typeof targets} */ (event.key)];
  choose(ids[Math.max(0, Math.min(ids.length - 1, target))]);
}

/** @param {string | undefined} id */
function choose(id) {
  if (id === undefined) return;
  select(id);
  draw();
  list.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
}

function draw() {
  const shown = shownWrite();
  // A selected write keeps its list, so that the list does not move away from the reader.
  if (!isSelected() || ids.length === 0) ids = [...state.writes.keys()].reverse().slice(0, SHOWN);
  const traces = ids.flatMap((id) => state.writes.get(id) ?? []);
  ids = traces.map(({ id }) => id);
  const times = traces.flatMap(roundTrips);
  const scale = scaleOf(times);
  const about =
    times.length === 0 ? '' : `Bars end at the handshake; the whole width is ${fromMicros(scale)}.`;
  write(byId('writes-scale'), traces.length === 0 ? 'No write yet.' : about);
  list.hidden = traces.length === 0;
  list.replaceChildren(...traces.map((trace, i) => option(trace, i, trace.id === shown?.id, scale)));
  set(list, {
    'aria-activedescendant': shown && ids.includes(shown.id) ? `write-${ids.indexOf(shown.id)}` : false,
  });
}

/** @param {Trace} trace @param {number} index @param {boolean} selected @param {number} scale */
function option(trace, index, selected, scale) {
  const { id, seq, sent, observers } = trace;
  const names = sorted(Object.keys(observers));
  const track = html('span', { class: 'bars' });
  for (const name of names) track.append(bar(trace, name, scale));
  const notes = names.flatMap((name) => {
    const seen = observers[name] ?? {};
    const trip = (seen.handshakeReceived ?? sent) - sent;
    // A bar that is too long has its figure instead of a mark.
    const note = exceptionOf(seen).split(':')[0] || (trip > scale ? fromMicros(trip) : '');
    return note ? [html('span', { class: `observer ${colorClass(name)}` }, markIcon(name), note)] : [];
  });
  return html(
    'div',
    {
      role: 'option',
      id: `write-${index}`,
      'data-id': id,
      'aria-selected': String(selected),
    },
    html('span', { class: 'seq' }, seq === undefined ? id : `#${count(seq)}`),
    html('span', { class: 'time' }, time(sent / 1000)),
    track,
    html('span', { class: 'notes', 'aria-hidden': 'true' }, ...notes),
    html('span', { class: 'hidden' }, describe(trace)),
  );
}

/** @param {Trace} trace @param {string} name @param {number} scale */
function bar({ sent, observers }, name, scale) {
  const element = html('span', { class: `bar ${colorClass(name)}` });
  const received = observers[name]?.handshakeReceived;
  const share = received === undefined ? 0 : (received - sent) / scale;
  element.style.width = `${Math.min(100, share * 100).toFixed(1)}%`;
  if (share > 0 && share <= 1) element.append(markIcon(name));
  return element;
}

/** Returns the time of the whole width. A few slow writes would make all others invisible. @param {number[]} micros */
function scaleOf(micros) {
  const sortedMicros = micros.toSorted((a, b) => a - b);
  const median = sortedMicros[Math.floor(sortedMicros.length / 2)] ?? 1;
  return Math.max(1, Math.min(sortedMicros.at(-1) ?? 1, 3 * median));
}

/** @param {Trace} trace */
function roundTrips({ sent, observers }) {
  return Object.values(observers).flatMap(({ handshakeReceived }) =>
    handshakeReceived === undefined ? [] : [handshakeReceived - sent],
  );
}

/** @param {Trace} trace */
function describe({ sent, observers }) {
  const parts = sorted(Object.keys(observers)).map((name) => {
    const seen = observers[name] ?? {};
    const received = seen.handshakeReceived;
    const end =
      received === undefined ? 'no handshake yet' : `handshake after ${fromMicros(received - sent)}`;
    return `${name}: ${exceptionOf(seen) || end}`;
  });
  return parts.join(', ');
}
