// Draws the parts of a timeline that uPlot does not support.
const { color, seriesColor } = globalThis.drawing;

/** Sign and color variable of each kind of incident. */
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
  'clock-offset': ['◷', '--soft'],
};

/** Returns functions that convert values to canvas pixels. */
function placeOn(chart) {
  return {
    x: (seconds) => chart.valToPos(seconds, 'x', true),
    y: (value) => chart.valToPos(value, 'y', true),
    size: (pixels) => pixels * devicePixelRatio,
  };
}

/** Draws within the axes, and restores the state of the canvas. */
function clipped(chart, draw) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, bbox, placeOn(chart));
  ctx.restore();
}

/** Shades each fault window, and draws a dashed line at the time when the loss becomes visible. */
function drawWindows(chart, windows, labeled) {
  clipped(chart, (ctx, { top, height }, { x, size }) => {
    for (const { fault, targets, from, visible, to } of windows) {
      ctx.fillStyle = color('--broken-shade');
      ctx.fillRect(x(from), top, x(to) - x(from), height);
      ctx.strokeStyle = color('--bad');
      ctx.setLineDash([size(4), size(3)]);
      ctx.beginPath();
      ctx.moveTo(x(visible), top);
      ctx.lineTo(x(visible), top + height);
      ctx.stroke();
      if (labeled) drawLabel(ctx, [`${fault}: ${targets}`, fault], x(visible), x(to), top, size);
    }
  });
}

/** Draws the first text that fits; if none does, draws the last text vertically. */
function drawLabel(ctx, texts, from, to, top, size) {
  ctx.save();
  ctx.font = `${size(11)}px system-ui, sans-serif`;
  ctx.fillStyle = color('--bad');
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  const fitting = texts.find((text) => ctx.measureText(text).width + size(8) < to - from);
  ctx.translate(from + size(fitting ? 5 : 16), top + size(4));
  if (!fitting) ctx.rotate(Math.PI / 2);
  ctx.fillText(fitting ?? texts.at(-1), 0, 0);
  ctx.restore();
}

/** Draws dots for reads, rings for reads with conflated writes, and diamonds for catch-up reads. */
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

Object.assign(globalThis.drawing, { drawWindows, drawAges, drawLanes });
