// @ts-check
// Draws round trip and time difference of all observers over time, with a histogram of each observer next to it. Both
// charts have the same scales.

import { axisStyle, chart, cssColor, logSplits } from './chart.js';
import { byId, fillTables, html, table } from './dom.js';
import { count, duration } from './format.js';
import { color, colorClass, markIcon, shape, sorted } from './observers.js';
import { section } from './schedule.js';
import { SECONDS, state } from './state.js';

const BINS_PER_DECADE = 10;
const KINDS = /** @type {const} */ ([
  { id: 'round-trip', key: 'roundTrip', caption: 'Round trip in the last 10 minutes' },
  { id: 'difference', key: 'difference', caption: 'Time difference in the last 10 minutes' },
]);

/** @typedef {{ name: string; points: [at: number, seconds: number][]; sorted: number[] }} Series */

export function setUpLatencyCharts() {
  for (const kind of KINDS) setUp(kind);
}

/** @param {typeof KINDS[number]} kind */
function setUp({ id, key, caption }) {
  const figure = byId(id);
  const legend = html('ul', { class: 'legend' });
  const place = html('div', { class: 'drawing', role: 'img', 'aria-labelledby': `${id}-title` });
  const details = html(
    'details',
    { id: `${id}-table` },
    html('summary', {}, `${caption.split(' in ')[0]} as a table`),
  );
  figure.append(legend, place, details);
  const draw = () => {
    const series = seriesOf(key);
    legend.replaceChildren(...series.map(legendEntry));
    drawChart(place, series, rangeOf([...seriesOf('roundTrip'), ...seriesOf('difference')]));
    fillTables(details, () => [tableOf(caption, series)]);
  };
  section(figure, ['samples', 'theme'], draw, 1_000);
  details.addEventListener('toggle', draw);
}

/** @param {'roundTrip' | 'difference'} key @returns {Series[]} */
function seriesOf(key) {
  const from = state.now - SECONDS * 1000;
  return sorted(Object.keys(state.samples)).map((name) => {
    const points = (state.samples[name]?.[key] ?? []).filter(([at]) => at >= from);
    return { name, points, sorted: points.map(([, seconds]) => seconds).sort((a, b) => a - b) };
  });
}

/** @param {number[]} values Sorted. @param {number} share */
function quantile(values, share) {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))];
}

/** @param {Series} series */
function legendEntry({ name, sorted: values }) {
  const figures =
    values.length === 0
      ? 'no data'
      : `median ${duration(quantile(values, 0.5))} · 99 % ≤ ${duration(quantile(values, 0.99))}`;
  return html(
    'li',
    { class: colorClass(name) },
    markIcon(name),
    html('b', {}, name),
    ' ',
    html('span', {}, figures),
  );
}

/** Returns whole decades, at least two. @param {Series[]} series @returns {[number, number]} */
function rangeOf(series) {
  const drawn = series.flatMap(({ sorted: values }) => [values.find((value) => value > 0), values.at(-1)]);
  const positive = drawn.filter((value) => value !== undefined && value > 0).map(Number);
  if (positive.length === 0) return [1e-4, 1e-1];
  const low = 10 ** Math.floor(Math.log10(Math.min(...positive)) + 1e-9);
  const high = 10 ** Math.ceil(Math.log10(Math.max(...positive)) - 1e-9);
  return [low, Math.max(high, low * 100)];
}

/** @param {HTMLElement} place @param {Series[]} series @param {[number, number]} range */
function drawChart(place, series, range) {
  const now = state.now;
  const columns = Math.max(1, series.length);
  const column = Math.min(44, (place.clientWidth * 0.28) / columns);
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const data = series.map(({ points }) => {
    const at = new Map(points);
    // A logarithmic scale has no place for 0 and less, which only clocks that differ cause.
    return xs.map((x) => Math.max(at.get(x) ?? Number.NaN, range[0]) || null);
  });
  chart(place, [xs.map((x) => (x - now) / 1000), ...data], {
    padding: [10, columns * (column + 8) + 10, 0, 0],
    scales: { x: { time: false, range: [-state.chartSeconds, 0] }, y: { distr: 3, range: () => range } },
    axes: [
      axisStyle('x'),
      {
        ...axisStyle('y'),
        splits: () => logSplits(...range),
        values: (_, all) => all.map(tickLabel),
        filter: (_, all) => all,
      },
    ],
    series: [
      {},
      ...series.map(({ name }) => ({
        stroke: () => color(name),
        fill: () => color(name),
        paths: marks(name),
        points: { show: false },
      })),
    ],
    hooks: { draw: [(plot) => drawHistograms(plot, series, range, column)] },
  });
}

/** @param {number | null} seconds */
function tickLabel(seconds) {
  if (seconds === null) return '';
  if (seconds >= 0.9) return `${Number(seconds.toPrecision(1))} s`;
  return seconds >= 0.0009
    ? `${Number((seconds * 1e3).toPrecision(1))} ms`
    : `${Number((seconds * 1e6).toPrecision(1))} µs`;
}

/** Returns a path builder that draws the mark of the observer at each value. @param {string} name */
function marks(name) {
  const corners = shape(name);
  /** @type {uPlot.Series.PathBuilder} */
  return (plot, index, first, last) => {
    const path = new Path2D();
    const radius = 2.4 * devicePixelRatio;
    const [xs, ys] = [plot.data[0], plot.data[index] ?? []];
    for (let i = first; i <= last; i += 1) {
      const value = ys[i];
      if (value === null || value === undefined) continue;
      const [x, y] = [plot.valToPos(xs[i] ?? 0, 'x', true), plot.valToPos(value, 'y', true)];
      for (const [corner, [cx = 0, cy = 0]] of corners.entries()) {
        path[corner === 0 ? 'moveTo' : 'lineTo'](x + cx * radius, y + cy * radius);
      }
      path.closePath();
    }
    return { fill: path, stroke: null };
  };
}

/**
 * Draws a histogram of each observer at the right of the chart, on the scale of the chart.
 * @param {uPlot} plot
 * @param {Series[]} series
 * @param {[number, number]} range
 * @param {number} column
 */
function drawHistograms({ ctx, bbox, valToPos }, series, [low, high], column) {
  const bins = Math.round(Math.log10(high / low) * BINS_PER_DECADE);
  const edge = (/** @type {number} */ bin) => low * 10 ** (bin / BINS_PER_DECADE);
  const shares = series.map(({ sorted: values }) => {
    const counts = new Array(bins).fill(0);
    for (const value of values) {
      const bin = value <= low ? 0 : Math.floor(Math.log10(value / low) * BINS_PER_DECADE);
      counts[Math.min(bins - 1, bin)] += 1 / values.length;
    }
    return counts;
  });
  const most = Math.max(...shares.flat(), 1e-9);
  ctx.save();
  for (const [i, { name }] of series.entries()) {
    const x = bbox.left + bbox.width + (10 + i * (column + 8)) * devicePixelRatio;
    ctx.fillStyle = cssColor('--line');
    ctx.fillRect(x - devicePixelRatio, bbox.top, devicePixelRatio, bbox.height);
    ctx.fillStyle = color(name);
    for (const [bin, share] of (shares[i] ?? []).entries()) {
      if (share === 0) continue;
      const [top, bottom] = [valToPos(edge(bin + 1), 'y', true), valToPos(edge(bin), 'y', true)];
      ctx.fillRect(
        x,
        top,
        Math.max(1, (share / most) * column * devicePixelRatio),
        Math.max(1, bottom - top - 1),
      );
    }
  }
  ctx.restore();
}

/** @param {string} caption @param {Series[]} series */
function tableOf(caption, series) {
  const rows = series.map(({ name, sorted: values }) => [
    name,
    count(values.length),
    ...[0, 0.5, 0.9, 0.99, 1].map((share) => duration(quantile(values, share))),
  ]);
  return table(caption, ['Observer', 'Samples', 'Minimum', 'Median', '90 %', '99 %', 'Maximum'], rows);
}
