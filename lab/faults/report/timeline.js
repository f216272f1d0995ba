/* global uPlot */
// Draws the timelines of the fault lab. The upper chart shows the age of each write when an observer read it. The lower
// chart has a lane for each node and service, with its writes and incidents.
const { seriesColor, numberLabel, logSplits, axisStyle, add, drawWindows, drawAges, drawLanes } =
  globalThis.drawing;
const timelines = JSON.parse(document.getElementById('timelines').textContent);
const AGES_HEIGHT = 220;
const LANE_HEIGHT = 20;
const LABEL_PIXELS_PER_LETTER = 7;

const SIGNS_SAY = [
  '· read',
  '○ with conflated writes',
  '◆ found by catch-up',
  '| write sent to a node, red if not acknowledged',
  '● started',
  '▲ connected',
  '▼ connection lost',
  '✕ killed or exited',
  '■ stopped',
  '! warning',
  'shaded: fault, loss visible from the dashed line',
  'drag to zoom, double-click to reset',
];

/** Returns the range of all ages. Uses a loop because Math.min(...) limits the number of arguments. */
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

/** Returns the width of the labels, the same for both charts so that their time axes align. */
function labelsWidth({ lanes }) {
  return 20 + LABEL_PIXELS_PER_LETTER * Math.max(...lanes.map(({ label }) => label.length));
}

/** Returns the options of both charts. @param key synchronizes their zoom. */
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
