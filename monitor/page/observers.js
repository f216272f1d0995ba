// @ts-check
// Color and mark of each observer. They never change while the page is open, so that charts stay comparable.
import { html, svg } from './dom.js';

/** Shapes with a radius of 1. The circle has corners, too, so that all are drawn the same way. */
const SHAPES = [
  Array.from({ length: 12 }, (_, i) => [Math.cos((i * Math.PI) / 6), Math.sin((i * Math.PI) / 6)]),
  [
    [0, -1.25],
    [1.15, 0.85],
    [-1.15, 0.85],
  ],
  [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  [
    [0, -1.35],
    [1.1, 0],
    [0, 1.35],
    [-1.1, 0],
  ],
  [
    [0, 1.25],
    [1.15, -0.85],
    [-1.15, -0.85],
  ],
  [
    [-1.2, -0.6],
    [1.2, -0.6],
    [1.2, 0.6],
    [-1.2, 0.6],
  ],
];

/** @type {Map<string, number>} */
const numbers = new Map([
  ['sync-observer', 0],
  ['async-observer', 1],
]);

/** @param {string} observer */
function numberOf(observer) {
  const known = numbers.get(observer) ?? numbers.size;
  numbers.set(observer, known);
  return known % SHAPES.length;
}

/** Returns the CSS class that sets `--observer`. @param {string} observer */
export function colorClass(observer) {
  return `observer-${numberOf(observer)}`;
}

/** Returns the color for a canvas. @param {string} observer */
export function color(observer) {
  return getComputedStyle(document.documentElement)
    .getPropertyValue(`--observer-${numberOf(observer)}`)
    .trim();
}

/** Returns the corners of the mark, with a radius of 1. @param {string} observer */
export function shape(observer) {
  return SHAPES[numberOf(observer)] ?? [];
}

/**
 * @param {string} observer
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function mark(observer, x, y, radius) {
  const points = shape(observer).map(
    ([px = 0, py = 0]) => `${(x + px * radius).toFixed(1)},${(y + py * radius).toFixed(1)}`,
  );
  return svg('polygon', { points: points.join(' '), class: 'mark' });
}

/** Returns a mark for a line of text. @param {string} observer */
export function markIcon(observer) {
  return svg(
    'svg',
    { class: `icon ${colorClass(observer)}`, viewBox: '-7 -7 14 14', 'aria-hidden': 'true' },
    mark(observer, 0, 0, 5),
  );
}

/**
 * Returns the figures of several observers, each with its mark and its name for screen readers.
 * @param {[observer: string, text: string][]} figures
 */
export function figures(figures) {
  return figures.map(([observer, text]) =>
    html(
      'span',
      { class: `observer ${colorClass(observer)}`, title: observer },
      markIcon(observer),
      html('span', { class: 'hidden' }, `${observer}: `),
      text,
    ),
  );
}

/** Returns the names in the order of their marks. @param {Iterable<string>} observers */
export function sorted(observers) {
  return [...observers].sort((a, b) => numberOf(a) - numberOf(b));
}
