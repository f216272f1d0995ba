// @ts-check
// What all charts over time share. uPlot comes from a script of its own, because its module is three times as large.

const HEIGHT = 220;
/** @type {WeakMap<HTMLElement, { plot: uPlot; key: string }>} */
const plots = new WeakMap();

/** @param {string} name Of a custom property. */
export function cssColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Draws a chart, or draws it again with other data.
 * @param {HTMLElement} place
 * @param {(number | null)[][]} data
 * @param {Omit<uPlot.Options, 'width' | 'height'>} options
 */
export function chart(place, data, options) {
  const width = Math.max(200, place.clientWidth);
  plots.get(place)?.plot.destroy();
  const plot = new uPlot(
    { ...options, width, height: HEIGHT, legend: { show: false }, cursor: { show: false } },
    /** @type {uPlot.AlignedData} */ (data),
    place,
  );
  plots.set(place, { plot, key: '' });
}

/** @param {'x' | 'y'} axis @returns {uPlot.Axis} */
export function axisStyle(axis) {
  const font = '12px system-ui, sans-serif';
  const common = {
    font,
    stroke: cssColor('--soft'),
    grid: { stroke: cssColor('--line'), width: 1 },
    ticks: { show: false },
  };
  if (axis === 'y') return { ...common, size: 52 };
  return {
    ...common,
    grid: { show: false },
    size: 28,
    gap: 8,
    splits: ({ scales }) => [scales.x?.min ?? 0, (scales.x?.min ?? 0) / 2, 0],
    values: (_, all) => all.map(agoLabel),
  };
}

/** @param {number} seconds Relative to now. */
function agoLabel(seconds) {
  if (seconds === 0) return 'now';
  return seconds > -120 ? `−${-seconds} s` : `−${-seconds / 60} min`;
}

/**
 * Returns the decades of a logarithmic axis.
 * @param {number} low
 * @param {number} high
 */
export function logSplits(low, high) {
  const decades = Math.round(Math.log10(high / low));
  return Array.from({ length: decades + 1 }, (_, i) => low * 10 ** i);
}
