// @ts-check
// Plays the shown write in slow motion: numbers travel through the mesh, while a line crosses the waterfall.
/** @import { Trace } from '../page-state.ts' */
/** @import { Part } from './timeline.js' */
/** @import { Point } from './mesh-layout.js' */
import { byId, set, svg, write } from './dom.js';
import { duration } from './format.js';
import { layout, nodeElement, tokenLayer } from './mesh.js';
import { colorClass } from './observers.js';
import { isPaused, isVisible } from './schedule.js';
import { state } from './state.js';
import { timelineOf } from './timeline.js';
import { linkId } from './verdicts.js';
import { setPlayhead } from './waterfall.js';

const PLAY_MS = 4_000;
/** Shortest time of a part on the screen: shorter ones could not be seen. */
const VISIBLE_MS = 250;
const FRAME_MS = 30;
const still = matchMedia('(prefers-reduced-motion: reduce)');
const mesh = byId('mesh-section');

/** @type {{ trace: Trace; played: number; frameAt: number } | undefined} */
let playing;
/** @type {Map<Part, SVGGElement>} */
const tokens = new Map();

/** @param {Trace} trace */
export function play(trace) {
  stop();
  const { end } = timelineOf(trace);
  write(byId('speed'), still.matches ? '' : `${duration(end / 1e6)}, slowed down to ${PLAY_MS / 1000} s`);
  if (still.matches) return;
  if (!playing) requestAnimationFrame(frame);
  playing = { trace, played: 0, frameAt: performance.now() };
}

function stop() {
  for (const token of tokens.values()) token.remove();
  tokens.clear();
  for (const { name } of state.mesh.nodes) nodeElement(name)?.classList.remove('reached');
  for (const item of byId('steps').children) item.classList.remove('active');
  setPlayhead(undefined);
}

/** @param {number} now */
function frame(now) {
  if (!playing) return;
  requestAnimationFrame(frame);
  const elapsed = now - playing.frameAt;
  if (elapsed < FRAME_MS) return;
  playing.frameAt = now;
  if (isPaused() || !(isVisible(mesh) || isVisible(byId('write-section')))) return;
  // A tab that was in the background continues where it stopped.
  playing.played += Math.min(elapsed, 100);
  if (playing.played < PLAY_MS + VISIBLE_MS) return draw(playing.trace, playing.played);
  playing = undefined;
  stop();
}

/** @param {Trace} trace @param {number} played */
function draw(trace, played) {
  const { parts, end } = timelineOf(trace);
  const scale = PLAY_MS / end;
  setPlayhead(Math.min(1, played / PLAY_MS));
  const active = new Set();
  for (const part of parts) {
    const start = part.start * scale;
    const length = Math.max(VISIBLE_MS, (part.end - part.start) * scale);
    const share = (played - start) / length;
    if (share >= 1 && part.step < 3) nodeElement(part.to)?.classList.add('reached');
    if (share >= 0 && share < 1) active.add(part.step);
    drawToken(part, share);
  }
  for (const [i, item] of [...byId('steps').children].entries())
    item.classList.toggle('active', active.has(i + 1));
}

/** @param {Part} part @param {number} share */
function drawToken(part, share) {
  const path = share >= 0 && share < 1 ? pathOf(part) : undefined;
  if (!path) {
    tokens.get(part)?.remove();
    tokens.delete(part);
    return;
  }
  let token = tokens.get(part);
  if (!token) {
    const kind = part.observer === undefined ? 'write' : colorClass(part.observer);
    token = svg(
      'g',
      { class: `token ${kind}` },
      svg('circle', { r: 9 }),
      svg('text', { y: 4 }, String(part.step)),
    );
    tokens.set(part, token);
    tokenLayer.append(token);
  }
  const { x, y } = pointAt(path, share);
  set(token, { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
}

/** @param {Part} part @returns {Point[] | undefined} Undefined if the mesh does not show it. */
function pathOf({ step, from, to, observer }) {
  const writer = state.mesh.services.find(({ role }) => role === 'writer');
  /** @param {string} name */
  const service = (name) => layout.services.get(name) ?? layout.services.get(writer?.name ?? '');
  if (step === 1) return known(service(from), layout.nodes.get(to));
  if (step === 2) return link(from, to);
  if (step === 3) return known(layout.nodes.get(from), service(to));
  // The request and the reply.
  if (step === 4) return known(service(from), layout.nodes.get(to), service(from));
  const near = state.mesh.services.find(({ name }) => name === observer)?.node ?? '';
  const far = writer?.node ?? '';
  const between = near === far ? [] : link(near, far);
  return (
    between && known(service(from), layout.nodes.get(near), ...between, layout.nodes.get(far), service(to))
  );
}

/** @param {string} from @param {string} to */
function link(from, to) {
  const arrow = layout.links.get(linkId({ from, to }));
  return arrow && [arrow.from, arrow.to];
}

/** @param {(Point | undefined)[]} points */
function known(...points) {
  const found = points.filter((point) => point !== undefined);
  return found.length === points.length ? found : undefined;
}

/** @param {Point[]} path @param {number} share @returns {Point} */
function pointAt(path, share) {
  const lengths = path
    .slice(1)
    .map((to, i) => Math.hypot(to.x - (path[i]?.x ?? 0), to.y - (path[i]?.y ?? 0)));
  let rest = share * lengths.reduce((sum, length) => sum + length, 0);
  for (const [i, length] of lengths.entries()) {
    const [from, to] = [path[i], path[i + 1]];
    if (from && to && rest <= length) {
      const part = length === 0 ? 0 : rest / length;
      return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    }
    rest -= length;
  }
  return path.at(-1) ?? { x: 0, y: 0 };
}
