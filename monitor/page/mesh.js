// @ts-check
// Draws the mesh: nodes, links, and services.
/** @import { PageLink, PageNode, PageService } from '../page-state.ts' */
/** @import { Box, Layout } from './mesh-layout.js' */
import { byId, Keyed, set, svg, write } from './dom.js';
import { age, count, duration, shorten } from './format.js';
import { layOut } from './mesh-layout.js';
import { colorClass, mark } from './observers.js';
import { state } from './state.js';
import { linkId, Verdicts } from './verdicts.js';

export const verdicts = new Verdicts();
const SIGNS = { good: '', down: '✕', unknown: '?', behind: '▲', other: '≠', empty: '∅' };
/** Labels of more links would cover each other. */
const LABELED_NODES = 4;
const LATENCY = 'the time that the last test write needed from node to node.';

const place = byId('mesh');
const root = svg('svg', { role: 'img', 'aria-label': 'Mesh' });
const layers = {
  links: svg('g'),
  uses: svg('g'),
  nodes: svg('g'),
  services: svg('g'),
  /** For the slow motion. */
  tokens: svg('g', { class: 'tokens' }),
};
root.append(...Object.values(layers));
place.append(root);
export const tokenLayer = layers.tokens;

/** @type {Layout} */
export let layout = layOut(state.mesh, 300);

/** @type {Keyed<PageLink, SVGGElement>} */
const links = new Keyed(layers.links, () =>
  svg('g', {}, svg('line'), svg('path', { class: 'head' }), svg('text', { class: 'label' })),
);
/** @type {Keyed<PageNode, SVGGElement>} */
const nodes = new Keyed(layers.nodes, () =>
  svg(
    'g',
    {},
    svg('path', { class: 'card' }),
    svg('text', { class: 'name' }, svg('title'), svg('tspan')),
    svg('text', { class: 'seq' }),
    svg('text', { class: 'age' }),
    svg('rect', { class: 'flag', height: 20, rx: 4 }),
    svg('text', { class: 'verdict' }),
  ),
);
/** @type {Keyed<PageService, SVGGElement>} */
const services = new Keyed(layers.services, ({ name, role }) =>
  svg(
    'g',
    { class: `service ${role === 'writer' ? 'writer' : colorClass(name)}` },
    svg('rect', { class: 'pill', y: -14, height: 28, rx: 14 }),
    role === 'writer' ? svg('circle', { class: 'mark', r: 5 }) : mark(name, 0, 0, 5),
    svg('text', { y: 4 }, svg('title'), svg('tspan')),
  ),
);
/** @type {Keyed<PageService, SVGLineElement>} */
const uses = new Keyed(layers.uses, () => svg('line'));

export function drawMesh() {
  const { mesh } = state;
  layout = layOut(mesh, Math.max(260, place.clientWidth));
  set(root, { width: layout.width, height: layout.height, viewBox: `0 0 ${layout.width} ${layout.height}` });
  links.update(mesh.links, linkId, drawLink);
  nodes.update(mesh.nodes, ({ name }) => name, drawNode);
  services.update(mesh.services, ({ name }) => name, drawService);
  uses.update(mesh.services, ({ name }) => name, drawUse);
  const labeled = mesh.nodes.length <= LABELED_NODES;
  write(byId('mesh-note'), `${labeled ? 'The figure at each arrow is' : 'The tables show'} ${LATENCY}`);
  const agreement = describeAgreement();
  write(byId('agreement'), agreement);
  set(root, {
    'aria-label': `Mesh of ${mesh.nodes.length} nodes and ${mesh.services.length} services. ${agreement}`,
  });
}

/** Returns how a node of the mesh is drawn, for the slow motion. @param {string} name */
export function nodeElement(name) {
  return nodes.get(name);
}

/** @param {SVGGElement} element @param {PageLink} link */
function drawLink(element, link) {
  const arrow = layout.links.get(linkId(link));
  const [line, head, label] = element.children;
  if (!arrow || !line || !head || !label) return;
  const { from, to } = arrow;
  const verdict = verdicts.links.get(linkId(link)) ?? { kind: 'unknown', text: '' };
  set(element, { class: `link ${verdict.kind}` });
  set(line, { x1: from.x, y1: from.y, x2: to.x, y2: to.y });
  const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const down = verdict.kind === 'down';
  // A link that is down ends in a cross instead of an arrow.
  set(head, {
    d: down ? 'M-4,-4 L4,4 M-4,4 L4,-4' : 'M-6,-3.5 L2,0 L-6,3.5 Z',
    transform: down ? `translate(${middle.x} ${middle.y})` : `translate(${to.x} ${to.y}) rotate(${angle})`,
  });
  set(label, { x: arrow.label.x, y: arrow.label.y + 4, 'text-anchor': arrow.label.anchor });
  const quiet = verdict.kind === 'good' && state.mesh.nodes.length > LABELED_NODES;
  write(label, quiet ? '' : verdict.kind === 'good' ? duration(link.canarySeconds) : verdict.text);
}

/** @param {SVGGElement} element @param {PageNode} node */
function drawNode(element, { name, value }) {
  const box = layout.nodes.get(name);
  const verdict = verdicts.nodes.get(name) ?? { kind: 'unknown', text: '' };
  const [card, title, seq, when, flag, text] = element.children;
  if (!box || !card || !title || !seq || !when || !flag || !text) return;
  move(element, box);
  set(element, { class: `node ${verdict.kind}` });
  set(card, { d: outline(box, verdict.kind === 'good') });
  const [left, top] = [-box.w / 2 + 9, -box.h / 2];
  const chars = Math.floor((box.w - 16) / 7);
  label(title, name, chars);
  set(title, { x: left, y: top + 19 });
  set(seq, { x: left, y: top + 40 });
  write(seq, value?.seq === undefined ? (value ? 'no seq' : '') : `#${count(value.seq)}`);
  set(when, { x: left, y: top + 57 });
  write(when, value ? age(state.now - (value.micros ?? value.timestamp * 1e6) / 1000) : '');
  set(flag, { x: left - 5, y: -top - 24, width: -2 * left + 10 });
  set(text, { x: left, y: -top - 10 });
  write(text, shorten(`${SIGNS[verdict.kind]} ${verdict.text}`.trim(), chars + 1));
}

/** @param {SVGGElement} element @param {PageService} service */
function drawService(element, { name, status }) {
  const box = layout.services.get(name);
  const [pill, sign, text] = element.children;
  if (!box || !pill || !sign || !text) return;
  move(element, box);
  element.classList.toggle('down', status === 'down');
  set(pill, { x: -box.w / 2, width: box.w });
  set(sign, { transform: `translate(${-box.w / 2 + 16} 0)` });
  set(text, { x: -box.w / 2 + 27 });
  label(text, status === 'down' ? `✕ ${name}` : name, 40);
}

/** @param {SVGLineElement} element @param {PageService} service */
function drawUse(element, { name, node, status }) {
  const [from, to] = [layout.services.get(name), layout.nodes.get(node ?? '')];
  set(element, { class: `use ${status}`, visibility: from && to ? 'visible' : 'hidden' });
  if (from && to) set(element, { x1: from.x, y1: from.y, x2: from.x, y2: to.y });
}

/** A CSS transform, because only it has transitions. @param {SVGGElement} element @param {Box} box */
function move(element, { x, y }) {
  const transform = `translate(${x}px, ${y}px)`;
  if (element.style.transform !== transform) element.style.transform = transform;
}

/** @param {Element} text With a title for the whole name. @param {string} name @param {number} chars */
function label(text, name, chars) {
  const [title, span] = text.children;
  if (title) write(title, name);
  if (span) write(span, shorten(name, chars));
}

/** A node that stands out has cut corners. @param {Box} box @param {boolean} good */
function outline({ w, h }, good) {
  const [x, y, c] = [w / 2, h / 2, good ? 8 : 14];
  const corner = (/** @type {number} */ cx, /** @type {number} */ cy, /** @type {string} */ to) =>
    good ? `Q${cx},${cy} ${to}` : `L${to}`;
  return `M${c - x},${-y} H${x - c} ${corner(x, -y, `${x},${c - y}`)} V${y - c} ${corner(x, y, `${x - c},${y}`)} H${c - x} ${corner(-x, y, `${-x},${y - c}`)} V${c - y} ${corner(-x, -y, `${c - x},${-y}`)} Z`;
}

function describeAgreement() {
  const kinds = [...verdicts.nodes.values()].map(({ kind }) => kind);
  const different = kinds.filter((kind) => kind === 'behind' || kind === 'other' || kind === 'empty').length;
  if (kinds.length === 0) return '';
  if (!kinds.some((kind) => kind === 'good' || kind === 'behind' || kind === 'other'))
    return 'No node answers.';
  if (different > 0) {
    const what = kinds.includes('other') || kinds.includes('empty') ? 'another' : 'an older';
    return `${different} of ${kinds.length} nodes ${different === 1 ? 'has' : 'have'} ${what} value.`;
  }
  return state.mesh.nodes.some(({ value }) => value)
    ? 'All reachable nodes have the same value.'
    : 'No node has a value yet.';
}
