/* global uPlot */
// Draws the charts of chart.ts with uPlot.
const { color, seriesColor, numberLabel, logSplits, axisStyle, add } = globalThis.drawing;
const HEIGHT = 260;
/** Numbers of uPlot's kinds of scale. 4 is similar to a logarithm but supports zero. */
const DISTRIBUTIONS = { linear: 1, log: 3, 'zero-log': 4, percentile: 3 };

/** Percentiles are drawn at 1 / (1 - p): 10 is the 90th, 100 the 99th. */
function percentileLabel(value) {
  const percent = 100 - 100 / value;
  return `${Number(percent.toFixed(4))} %`;
}

/** Returns all series over the union of their x values, as uPlot requires. */
function aligned(series) {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const columns = series.map(({ points }) => {
    const at = new Map(points);
    return xs.map((x) => at.get(x) ?? null);
  });
  return [xs, ...columns];
}

/** Returns the common range of a group: the same chart of several runs. */
function rangeOf(charts, axis, scale) {
  const values = charts.flatMap(({ series }) => series.flatMap(({ points }) => points.map((p) => p[axis])));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (scale === 'linear') return [Math.min(0, low), high * 1.05 || 1];
  if (scale === 'zero-log') return [0, Math.max(10, high * 1.3)];
  if (scale === 'percentile') return [1, Math.max(high, 10)];
  return [low / 1.3, high * 1.3];
}

function axis({ label, scale }, range, isX) {
  const common = axisStyle(label, isX);
  const labels = scale === 'percentile' ? percentileLabel : numberLabel;
  const values = (_, splits) => splits.map((value) => (value === null ? '' : labels(value)));
  if (scale === 'linear') return { ...common, values };
  const splits = () => {
    if (scale === 'zero-log') return [0, ...logSplits(1, range[1])];
    if (scale === 'percentile') {
      // With a long tail, the labels of the median and the minimum would overlap.
      const low = range[1] > 500 ? [2] : [1, 2];
      return [...low, 10, 100, 1_000, 10_000].filter((x) => x <= range[1]);
    }
    return logSplits(...range);
  };
  return { ...common, values, splits, filter: (_, all) => all };
}

function draw(figure, charts, chart) {
  const xRange = rangeOf(charts, 0, chart.x.scale);
  const yRange = rangeOf(charts, 1, chart.y.scale);
  const place = document.createElement('div');
  const caption = document.createElement('figcaption');
  caption.textContent = chart.title;
  const legend = document.createElement('div');
  legend.className = 'legend';
  for (const [i, { label, color: number = i }] of chart.series.entries()) {
    const entry = document.createElement('span');
    entry.style.setProperty('--color', seriesColor(number));
    entry.textContent = label;
    legend.append(entry);
  }
  figure.replaceChildren(caption, place, legend);
  const options = {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: false, distr: DISTRIBUTIONS[chart.x.scale], log: 10, range: () => xRange },
      y: { distr: DISTRIBUTIONS[chart.y.scale], log: 10, asinh: 1, range: () => yRange },
    },
    hooks: { drawAxes: [(plot) => drawEvents(plot, chart.events ?? [])] },
    axes: [axis(chart.x, xRange, true), axis(chart.y, yRange, false)],
    series: [
      {},
      ...chart.series.map(({ label, color: number }, i) => ({
        label,
        stroke: seriesColor(number ?? i),
        width: 2,
        spanGaps: true,
        points: { show: chart.marks, size: 7, fill: seriesColor(number ?? i) },
      })),
    ],
  };
  new uPlot(options, aligned(chart.series), place);
}

/** Draws a vertical line at each event of the chart. */
function drawEvents({ ctx, bbox, valToPos }, events) {
  ctx.save();
  ctx.strokeStyle = color('--soft');
  ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  for (const x of events) {
    const at = valToPos(x, 'x', true);
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

function drawCharts() {
  const parts = new Map();
  for (const figure of document.querySelectorAll('figure[data-charts]')) {
    const id = figure.dataset.charts;
    if (!parts.has(id)) parts.set(id, JSON.parse(document.getElementById(id).textContent));
    const charts = parts.get(id)[figure.dataset.group];
    draw(figure, charts, charts[figure.dataset.chart]);
  }
}

add(drawCharts);
