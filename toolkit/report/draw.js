// Provides the colors of all charts of a page, and redraws them when the theme changes.
/** Functions that draw, one for each kind of chart. */
const drawings = [];

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function seriesColor(i) {
  const colors = color('--series').split(',');
  return colors[i % colors.length].trim();
}

function numberLabel(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return String(Number(value.toPrecision(3)));
}

/** Returns 1, 2, and 5 of each decade of a log axis if they fit, otherwise only the decades. */
function logSplits(low, high) {
  const splits = (factors) => {
    const found = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade += 1) {
      for (const factor of factors) {
        const value = factor * 10 ** decade;
        if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
      }
    }
    return found;
  };
  const fine = splits([1, 2, 5]);
  return fine.length > 7 ? splits([1]) : fine;
}

function axisStyle(label, isX) {
  return {
    label,
    labelSize: 20,
    labelFont: '12px system-ui, sans-serif',
    font: '12px system-ui, sans-serif',
    stroke: color('--soft'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
    size: isX ? 30 : 56,
  };
}

function drawAll() {
  for (const draw of drawings) draw();
}

globalThis.drawing = {
  color,
  seriesColor,
  numberLabel,
  logSplits,
  axisStyle,
  /** @param draw called now and whenever the colors or the width change. */
  add: (draw) => drawings.push(draw),
};

// At this time, the scripts of all parts have added their functions.
addEventListener('DOMContentLoaded', () => {
  drawAll();
  document.documentElement.dataset.drawn = 'yes';
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
let resized;
addEventListener('resize', () => {
  clearTimeout(resized);
  resized = setTimeout(drawAll, 150);
});
