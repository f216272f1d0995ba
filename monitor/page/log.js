// @ts-check
// Shows the events of services and nodes, newest first.
/** @import { Line } from './state.js' */
import { byId, html, write } from './dom.js';
import { count, plural, time } from './format.js';
import { changed, section } from './schedule.js';
import { state } from './state.js';

const SHOWN = 100;
const source = /** @type {HTMLSelectElement} */ (byId('log-source'));
const level = /** @type {HTMLSelectElement} */ (byId('log-level'));
const text = /** @type {HTMLInputElement} */ (byId('log-text'));
const button = byId('log-pause');
const list = byId('log').querySelector('ol');

let paused = false;
/** The lines to filter: those of the state, or those at the time of the pause. @type {Line[]} */
let lines = [];
/** Number of the newest line in the list. */
let newest = 0;

export function setUpLog() {
  section(byId('log-section'), ['log'], draw, 300);
  for (const filter of [source, level, text]) filter.addEventListener('input', redraw);
  button.addEventListener('click', () => {
    paused = !paused;
    button.setAttribute('aria-pressed', String(paused));
    write(button, paused ? 'Resume log' : 'Pause log');
    redraw();
  });
}

function redraw() {
  newest = 0;
  list?.replaceChildren();
  draw();
}

function draw() {
  if (!paused) lines = [...state.lines];
  addSources();
  const matching = lines.filter(matches);
  // After a new snapshot, the lines have new numbers.
  const added = matching.filter(({ number }) => number > newest).slice(-SHOWN);
  list?.prepend(...added.map(item).reverse());
  newest = lines.at(-1)?.number ?? newest;
  while (list && list.childElementCount > SHOWN) list.lastElementChild?.remove();
  const shown = Math.min(SHOWN, matching.length);
  write(
    byId('log-count'),
    `${count(shown)} of the last ${plural(lines.length, 'line')}${paused ? ', paused' : ''}`,
  );
}

/** @param {Line} line */
function matches(line) {
  if ('omitted' in line) return source.value === '' && level.value === '' && text.value === '';
  return (
    (source.value === '' || line.source === source.value) &&
    (level.value === '' || line.level !== 'info') &&
    line.text.toLowerCase().includes(text.value.toLowerCase())
  );
}

/** @param {Line} line */
function item(line) {
  if ('omitted' in line) return html('li', { class: 'omitted' }, `${plural(line.omitted, 'line')} left out`);
  const sign = line.level === 'info' ? '' : `${line.level === 'warn' ? '▲ warning' : '✕ error'} `;
  return html(
    'li',
    { class: line.level },
    html('time', {}, time(line.at)),
    html('span', { class: 'source' }, line.source),
    html(
      'span',
      { class: 'text' },
      html('b', {}, sign),
      line.text.slice(line.text.startsWith(`${line.source} `) ? line.source.length + 1 : 0),
    ),
  );
}

/** A source stays selectable after its last line is gone. */
function addSources() {
  const known = new Set([...source.options].map(({ value }) => value));
  for (const line of lines) {
    if ('omitted' in line || known.has(line.source)) continue;
    known.add(line.source);
    source.append(html('option', { value: line.source }, line.source));
  }
}

/** Starts again, for a new snapshot. */
export function clearLog() {
  if (!paused) redraw();
  changed('log');
}
