// @ts-check
// Places the nodes in a ring, and each service outside of the node that it uses. Pure functions of the width.
/** @import { Mesh } from '../page-state.ts' */
import { linkId } from './verdicts.js';

/** @typedef {{ x: number; y: number }} Point */
/** @typedef {Point & { w: number; h: number }} Box The point is its center. */
/** @typedef {{ from: Point; to: Point; label: Point & { anchor: string } }} Arrow */
/**
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {Map<string, Box>} nodes
 * @property {Map<string, Box>} services
 * @property {Map<string, Arrow>} links
 */

const PILL = 28;
const PILL_GAP = 12;
/** Distance between the two directions of a link. */
const LANES = 14;

/**
 * @param {Mesh} mesh
 * @param {number} width
 * @returns {Layout}
 */
export function layOut({ nodes, links, services }, width) {
  const names = nodes.map(({ name }) => name);
  const size = { w: Math.max(116, Math.min(140, width / 2 - 26)), h: 88 };
  /** @type {Map<string, string[]>} */
  const users = new Map();
  for (const { name, node = '' } of services) users.set(node, [...(users.get(node) ?? []), name]);
  const stack = Math.max(1, ...names.map((name) => users.get(name)?.length ?? 0)) * (PILL + 6) + PILL_GAP;
  const area = { x: size.w / 2 + 2, y: stack + size.h / 2, w: width - size.w - 4, h: 0 };
  // Nodes side by side need no height. All others need enough that no node covers the services of another one.
  if (names.length > 2) area.h = size.h + Math.max(150, Math.min(width * 0.3, 210)) * 0.6;
  while (overlaps(ring(names.length, area), size.w + 12, size.h + stack)) area.h += 20;
  const boxes = new Map(ring(names.length, area).map((at, i) => [names[i] ?? '', { ...at, ...size }]));
  const middle = { x: width / 2, y: area.y + area.h / 2 };
  return {
    width,
    height: Math.round(area.h + 2 * stack + size.h),
    nodes: boxes,
    services: placeServices(users, boxes, middle, width),
    links: new Map(
      links.flatMap((link) => arrow(boxes.get(link.from), boxes.get(link.to)).map((a) => [linkId(link), a])),
    ),
  };
}

/** Nodes of one row do not count: more height does not part them. @param {Point[]} points @param {number} w @param {number} h */
function overlaps(points, w, h) {
  return points.some((a, i) =>
    points.slice(i + 1).some((b) => {
      const [dx, dy] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)];
      return dx < w && dy > 1 && dy < h;
    }),
  );
}

/**
 * Returns the places of a ring that fills the area. The first is at the top, of two or four at the left.
 * @param {number} count
 * @param {Box} area Its point is the upper left corner.
 * @returns {Point[]}
 */
function ring(count, area) {
  const start = count === 2 ? -Math.PI / 2 : count === 4 ? -Math.PI / 4 : 0;
  const unit = Array.from({ length: count }, (_, i) => {
    // Clockwise from the top. The rows have the same distance, so that many nodes need less height than in a circle.
    const angle = start + (2 * Math.PI * i) / count;
    return { x: Math.sin(angle), y: -Math.abs(((angle / Math.PI + 2) % 2) - 1) };
  });
  /** @param {'x' | 'y'} axis @param {number} from @param {number} length */
  const fit = (axis, from, length) => {
    const values = unit.map((point) => point[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const flat = high - low < 1e-6;
    return values.map((value) => from + (flat ? 0.5 : (value - low) / (high - low)) * length);
  };
  const ys = fit('y', area.y, area.h);
  return fit('x', area.x, area.w).map((x, i) => ({ x, y: ys[i] ?? 0 }));
}

/**
 * @param {Map<string, string[]>} users Services by node; those without a node are in the middle of the ring.
 * @param {Map<string, Box>} boxes
 * @param {Point} middle
 * @param {number} width
 */
function placeServices(users, boxes, middle, width) {
  /** @type {Map<string, Box>} */
  const places = new Map();
  for (const [node, names] of users) {
    const box = boxes.get(node);
    const above = box !== undefined && box.y < middle.y - 1;
    for (const [i, name] of names.entries()) {
      const w = 54 + name.length * 7;
      const out = i * (PILL + 6) + PILL / 2 + PILL_GAP;
      const x = box ? Math.max(w / 2 + 1, Math.min(width - w / 2 - 1, box.x)) : middle.x;
      const y = box ? box.y + (above ? -1 : 1) * (box.h / 2 + out) : middle.y + i * (PILL + 6);
      places.set(name, { x, y, w, h: PILL });
    }
  }
  return places;
}

/**
 * Returns the arrow between the borders of two boxes, right of the line between their centers.
 * @param {Box | undefined} from
 * @param {Box | undefined} to
 * @returns {Arrow[]} Empty for an unknown node.
 */
function arrow(from, to) {
  if (!from || !to) return [];
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const unit = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  const side = { x: (-unit.y * LANES) / 2, y: (unit.x * LANES) / 2 };
  const start = border(from, unit, side, 5);
  const end = border(to, { x: -unit.x, y: -unit.y }, side, 7);
  // Near the receiver if there is space, outside of the pair of arrows.
  const share = length < from.w + 90 ? 0.5 : 0.68;
  const label = {
    x: start.x + (end.x - start.x) * share + side.x * 1.2,
    y: start.y + (end.y - start.y) * share + side.y * 2.2,
    anchor: Math.abs(side.x) < 2 ? 'middle' : side.x > 0 ? 'start' : 'end',
  };
  return [{ from: start, to: end, label }];
}

/**
 * @param {Box} box
 * @param {Point} unit Direction out of the box.
 * @param {Point} side Distance from its center.
 * @param {number} gap
 * @returns {Point}
 */
function border(box, unit, side, gap) {
  const reach = (/** @type {number} */ half, /** @type {number} */ offset, /** @type {number} */ step) =>
    Math.abs(step) < 1e-6 ? Number.POSITIVE_INFINITY : (half - Math.sign(step) * offset) / Math.abs(step);
  const distance = Math.min(reach(box.w / 2, side.x, unit.x), reach(box.h / 2, side.y, unit.y)) + gap;
  return { x: box.x + side.x + unit.x * distance, y: box.y + side.y + unit.y * distance };
}
