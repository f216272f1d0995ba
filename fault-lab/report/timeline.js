/* global uPlot */
// Draws the timelines of the fault lab: above, how old each write was when an observer read it; below, a lane for each
// node and service with the writes sent there and what happened to it.
const { color, seriesColor, numberLabel, logSplits, axisStyle, add } = globalThis.drawing;
const timelines = JSON.parse(document.getElementById('timelines').textContent);
const AGES_HEIGHT = 220;
const LANE_HEIGHT = 20;
const LABEL_PIXELS_PER_LETTER = 7;

/** What happened to a service: a sign and the name of its colour. */
const SIGNS = {
  started: ['●', '--good'],
  connected: ['▲', '--good'],
  lost: ['▼', '--bad'],
  killed: ['✕', '--bad'],
  exited: ['✕', '--bad'],
  stopped: ['■', '--soft'],
  older: ['!', '--unsure'],
  rewritten: ['!', '--unsure'],
  warning: ['!', '--unsure'],
};

const SIGNS_SAY = [
  '· read',
  '○ with conflated writes',
  '◆ found by catch-up',
  '| write sent to a node, red if not acknowledged',
  '● started',
  '▲ connected',
  '▼ lost its node',
  '✕ killed or exited',
  '■ stopped',
  '! warning',
  'shaded: broken, from the dashed line on visibly',
  'drag to zoom, double click to see all',
];

/** Where something stands on the canvas, in its pixels. */
function placeOn(chart) {
  return {
    x: (seconds) => chart.valToPos(seconds, 'x', true),
    y: (value) => chart.valToPos(value, 'y', true),
    size: (pixels) => pixels * devicePixelRatio,
  };
}

/** Draws within the axes, and leaves the canvas as it was. */
function clipped(chart, draw) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, bbox, placeOn(chart));
  ctx.restore();
}

/** From breaking to healing in shade, with a line from where the loss is visible. */
function drawWindows(chart, windows, labelled) {
  clipped(chart, (ctx, { top, height }, { x, size }) => {
    for (const { label, from, visible, to } of windows) {
      ctx.fillStyle = color('--broken-shade');
      ctx.fillRect(x(from), top, x(to) - x(from), height);
      ctx.strokeStyle = color('--bad');
      ctx.setLineDash([size(4), size(3)]);
      ctx.beginPath();
      ctx.moveTo(x(visible), top);
      ctx.lineTo(x(visible), top + height);
      ctx.stroke();
      if (labelled) drawLabel(ctx, label, x(from), x(to), top, size);
    }
  });
}

/** Upright where there is no room along the axis. */
function drawLabel(ctx, label, from, to, top, size) {
  ctx.save();
  ctx.font = `${size(11)}px system-ui, sans-serif`;
  ctx.fillStyle = color('--bad');
  ctx.textBaseline = 'top';
  const fits = ctx.measureText(label).width + size(8) < to - from;
  ctx.translate(from + size(fits ? 5 : 16), top + size(4));
  if (!fits) ctx.rotate(Math.PI / 2);
  ctx.fillText(label, 0, 0);
  ctx.restore();
}

/** Dots for plain reads; rings where writes were conflated; diamonds for what was found by catch-up. */
function drawAges(chart, observers) {
  clipped(chart, (ctx, _, { x, y, size }) => {
    for (const [i, { plain, conflated, caughtUp }] of observers.entries()) {
      ctx.fillStyle = ctx.strokeStyle = seriesColor(i);
      ctx.lineWidth = size(1.5);
      ctx.globalAlpha = 0.7;
      for (const [at, age] of plain)
        ctx.fillRect(x(at) - size(1.25), y(age) - size(1.25), size(2.5), size(2.5));
      ctx.globalAlpha = 1;
      for (const [at, age] of conflated) {
        ctx.beginPath();
        ctx.arc(x(at), y(age), size(3.5), 0, 2 * Math.PI);
        ctx.stroke();
      }
      for (const [at, age] of caughtUp) drawDiamond(ctx, x(at), y(age), size(5));
    }
  });
}

function drawDiamond(ctx, x, y, radius) {
  ctx.beginPath();
  ctx.moveTo(x, y - radius);
  ctx.lineTo(x + radius, y);
  ctx.lineTo(x, y + radius);
  ctx.lineTo(x - radius, y);
  ctx.fill();
}

function drawLanes(chart, lanes) {
  clipped(chart, (ctx, _, { x, y, size }) => {
    const ticks = (times, lane, style) => {
      ctx.fillStyle = color(style);
      for (const at of times) ctx.fillRect(x(at), y(lane) - size(6), size(1), size(12));
    };
    ctx.font = `${size(12)}px system-ui, sans-serif`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    for (const [lane, { acknowledged, failed, incidents }] of lanes.entries()) {
      ticks(acknowledged, lane, '--soft');
      ticks(failed, lane, '--bad');
      for (const { at, kind } of incidents) {
        const [sign, style] = SIGNS[kind];
        ctx.fillStyle = color(style);
        ctx.fillText(sign, x(at), y(lane));
      }
    }
  });
}

/** The range of all ages on a log axis. There may be too many of them for Math.min(...). */
function ageRange({ observers }) {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const { plain, conflated, caughtUp } of observers) {
    for (const [, age] of [...plain, ...conflated, ...caughtUp]) {
      low = Math.min(low, age);
      high = Math.max(high, age);
    }
  }
  return high > 0 ? [low / 1.5, high * 1.5] : [1, 10];
}

/** The same for both charts, so that one moment stands below the other. */
function labelsWidth({ lanes }) {
  return 20 + LABEL_PIXELS_PER_LETTER * Math.max(...lanes.map(({ label }) => label.length));
}

/** What both charts of a timeline have in common. @param key ties them together when one is zoomed. */
function optionsOf(width, key) {
  return {
    width,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false }, sync: { key } },
    series: [{}, {}],
  };
}

function drawAgesChart(place, timeline, key) {
  const range = ageRange(timeline);
  const options = {
    ...optionsOf(place.clientWidth, key),
    height: AGES_HEIGHT,
    scales: {
      x: { time: false, range: (_, low, high) => [low, high] },
      y: { distr: 3, log: 10, range: () => range },
    },
    axes: [
      { ...axisStyle(undefined, true), values: (_, splits) => splits.map(() => ''), size: 6 },
      {
        ...axisStyle('age of the write when read, ms', false),
        size: labelsWidth(timeline) - 20,
        splits: () => logSplits(...range),
        values: (_, splits) => splits.map(numberLabel),
        filter: (_, all) => all,
      },
    ],
    hooks: {
      drawClear: [(chart) => drawWindows(chart, timeline.windows, true)],
      draw: [(chart) => drawAges(chart, timeline.observers)],
    },
  };
  new uPlot(
    options,
    [
      [0, timeline.seconds],
      [null, null],
    ],
    place,
  );
}

function drawLanesChart(place, timeline, key) {
  const labels = timeline.lanes.map(({ label }) => label);
  const options = {
    ...optionsOf(place.clientWidth, key),
    height: labels.length * LANE_HEIGHT + 62,
    scales: {
      x: { time: false, range: (_, low, high) => [low, high] },
      y: { dir: -1, range: () => [-0.7, labels.length - 0.3] },
    },
    axes: [
      { ...axisStyle('seconds since the start', true), values: (_, splits) => splits.map(numberLabel) },
      {
        ...axisStyle(undefined, false),
        size: labelsWidth(timeline),
        splits: () => labels.map((_, lane) => lane),
        values: () => labels,
        filter: (_, all) => all,
      },
    ],
    hooks: {
      drawClear: [(chart) => drawWindows(chart, timeline.windows, false)],
      draw: [(chart) => drawLanes(chart, timeline.lanes)],
    },
  };
  new uPlot(
    options,
    [
      [0, timeline.seconds],
      [null, null],
    ],
    place,
  );
}

function legendOf({ observers }) {
  const legend = document.createElement('div');
  legend.className = 'legend';
  for (const [i, { label }] of observers.entries()) {
    const entry = document.createElement('span');
    entry.style.setProperty('--color', seriesColor(i));
    entry.textContent = label;
    legend.append(entry);
  }
  for (const text of SIGNS_SAY) {
    const entry = document.createElement('i');
    entry.textContent = text;
    legend.append(entry);
  }
  return legend;
}

function drawTimelines() {
  for (const figure of document.querySelectorAll('figure[data-timeline]')) {
    const timeline = timelines[figure.dataset.timeline];
    const [ages, lanes] = [document.createElement('div'), document.createElement('div')];
    figure.replaceChildren(ages, lanes, legendOf(timeline));
    const key = `timeline-${figure.dataset.timeline}`;
    drawAgesChart(ages, timeline, key);
    drawLanesChart(lanes, timeline, key);
  }
}

add(drawTimelines);
