// @ts-check
// Draws the writes of each second, and those that an observer did not read: conflated and missed.
import { axisStyle, chart, cssColor } from './chart.js';
import { byId, fillTables, html, svg, table } from './dom.js';
import { count } from './format.js';
import { color, colorClass, markIcon, sorted } from './observers.js';
import { section } from './schedule.js';
import { SECONDS, state } from './state.js';

const figure = byId('rates');
const legend = html('ul', { class: 'legend' });
const place = html('div', { class: 'drawing', role: 'img', 'aria-labelledby': 'rates-title' });
const details = html('details', { id: 'rates-table' }, html('summary', {}, 'Writes as a table'));

/** Distances of the lines of the grid: there is no half of a write. */
const COUNTS = [1, 2, 5]
  .flatMap((n) => [1, 10, 100, 1e3, 1e4].map((decade) => n * decade))
  .sort((a, b) => a - b);
const { stepped } = uPlot.paths;

/** @typedef {'observed' | 'conflated' | 'missed'} Kind */

export function setUpRatesChart() {
  figure.append(legend, place, details);
  section(figure, ['seconds', 'theme'], draw, 1_000);
  details.addEventListener('toggle', draw);
}

function draw() {
  // The current second is not complete.
  const now = Math.floor(state.now / 1000) - 1;
  const length = state.chartSeconds;
  const xs = Array.from({ length }, (_, i) => now - length + 1 + i);
  const seconds = xs.map((at) => state.seconds.get(at));
  const names = sorted(new Set(seconds.flatMap((second) => Object.keys(second?.observers ?? {}))));
  const writes = seconds.map((second) => second?.writes ?? 0);
  const of = (/** @type {string} */ name, /** @type {Kind} */ kind) =>
    seconds.map((second) => second?.observers[name]?.[kind] ?? 0);
  const conflated = names.map((name) => of(name, 'conflated'));
  const missed = names.map((name) => of(name, 'missed').map((value) => value || null));
  const most = Math.max(1, ...writes, ...conflated.flat(), ...missed.flat().map(Number));
  chart(place, [xs.map((x) => x - now), writes, ...conflated, ...missed], {
    padding: [10, 12, 0, 0],
    scales: { x: { time: false, range: [-length, 0] }, y: { range: [0, most * 1.15] } },
    axes: [axisStyle('x'), { ...axisStyle('y'), incrs: COUNTS, values: (_, all) => all.map(count) }],
    series: [
      {},
      {
        stroke: () => cssColor('--edge'),
        fill: () => cssColor('--fill'),
        width: 1,
        points: { show: false },
        ...(stepped && { paths: stepped({ align: -1 }) }),
      },
      ...names.map((name, i) => ({
        stroke: () => color(name),
        width: 1.5,
        dash: i % 2 === 0 ? [] : [4, 3],
        points: { show: false },
      })),
      ...names.map((name) => ({
        stroke: () => color(name),
        width: 2,
        paths: crosses,
        points: { show: false },
      })),
    ],
  });
  const sum = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0);
  legend.replaceChildren(
    html('li', { class: 'write' }, area(), html('b', {}, 'Writes'), ` ${count(sum(writes))}`),
    ...names.map((name) =>
      html(
        'li',
        { class: colorClass(name) },
        markIcon(name),
        html('b', {}, name),
        ' ',
        html(
          'span',
          {},
          `${count(sum(of(name, 'conflated')))} conflated, ${count(sum(of(name, 'missed')))} missed (✕)`,
        ),
      ),
    ),
  );
  fillTables(details, () => [tableOf(now, names)]);
}

function area() {
  const shape = svg('rect', { class: 'area', x: -6, y: -4, width: 12, height: 9 });
  return svg('svg', { class: 'icon', viewBox: '-7 -7 14 14', 'aria-hidden': 'true' }, shape);
}

/** @type {uPlot.Series.PathBuilder} */
function crosses(plot, index, first, last) {
  const path = new Path2D();
  const r = 4 * devicePixelRatio;
  for (let i = first; i <= last; i += 1) {
    const value = plot.data[index]?.[i];
    if (value === null || value === undefined) continue;
    const [x, y] = [plot.valToPos(plot.data[0][i] ?? 0, 'x', true), plot.valToPos(value, 'y', true)];
    path.moveTo(x - r, y - r);
    path.lineTo(x + r, y + r);
    path.moveTo(x - r, y + r);
    path.lineTo(x + r, y - r);
  }
  return { stroke: path, fill: null };
}

/** @param {number} now @param {string[]} names */
function tableOf(now, names) {
  const kinds = /** @type {Kind[]} */ (['observed', 'conflated', 'missed']);
  const rows = Array.from({ length: SECONDS / 60 }, (_, minute) => {
    const seconds = Array.from({ length: 60 }, (_, i) => state.seconds.get(now - minute * 60 - i));
    const sum = (/** @type {(second: import('../page-state.ts').Second) => number} */ read) =>
      count(seconds.reduce((total, second) => total + (second ? read(second) : 0), 0));
    const cells = names.flatMap((name) =>
      kinds.map((kind) => sum(({ observers }) => observers[name]?.[kind] ?? 0)),
    );
    return [minute === 0 ? 'last minute' : `${minute + 1} min ago`, sum(({ writes }) => writes), ...cells];
  });
  const head = names.flatMap((name) => kinds.map((kind) => `${name}: ${kind}`));
  return table('Writes in each minute', ['Minute', 'Writes', ...head], rows);
}
