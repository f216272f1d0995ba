// @ts-check
// Draws only sections that changed, are visible, and are due.
/** @typedef {'mesh' | 'writes' | 'shown' | 'samples' | 'seconds' | 'log' | 'theme' | 'clock'} Topic */

/**
 * @typedef {object} Section
 * @property {Topic[]} topics
 * @property {number} everyMs Shortest time between two drawings.
 * @property {() => void} draw
 * @property {boolean} visible
 * @property {boolean} dirty
 * @property {boolean} urgent Dirty because of the reader: a pause does not apply to it.
 * @property {number} drawnAt
 */

/** @type {Map<Element, Section[]>} */
const sections = new Map();
let paused = false;
let requested = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

const visibility = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    for (const section of sections.get(target) ?? []) section.visible = isIntersecting;
  }
  request();
});
// The width of a drawing decides its layout.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries)
    for (const section of sections.get(target) ?? []) section.dirty = section.urgent = true;
  request();
});

/**
 * Calls `draw` in an animation frame after one of the topics has changed.
 * @param {Element} element
 * @param {Topic[]} topics
 * @param {() => void} draw
 * @param {number} [everyMs]
 */
export function section(element, topics, draw, everyMs = 0) {
  const added = {
    topics,
    everyMs,
    draw,
    visible: false,
    dirty: true,
    urgent: false,
    drawnAt: Number.NEGATIVE_INFINITY,
  };
  sections.set(element, [...(sections.get(element) ?? []), added]);
  visibility.observe(element);
  sizes.observe(element);
}

/** @param {Topic[]} topics */
export function changed(...topics) {
  for (const list of sections.values()) {
    for (const section of list) {
      const found = section.topics.filter((topic) => topics.includes(topic));
      section.dirty ||= found.length > 0;
      section.urgent ||= found.some((topic) => topic === 'shown' || topic === 'theme');
    }
  }
  request();
}

/** @param {boolean} value While paused, changes are remembered, but not drawn. */
export function setPaused(value) {
  paused = value;
  request();
}

export function isPaused() {
  return paused;
}

/** @param {Element} element Of a section. */
export function isVisible(element) {
  return !document.hidden && (sections.get(element) ?? []).some(({ visible }) => visible);
}

function request() {
  if (!requested) requestAnimationFrame(drawDue);
  requested = true;
}

/** @param {number} now */
function drawDue(now) {
  requested = false;
  let next = Number.POSITIVE_INFINITY;
  for (const list of sections.values()) {
    for (const section of list) {
      if (!section.visible || !section.dirty || (paused && !section.urgent)) continue;
      const wait = section.drawnAt + section.everyMs - now;
      if (wait > 1) {
        next = Math.min(next, wait);
        continue;
      }
      section.dirty = section.urgent = false;
      section.drawnAt = now;
      section.draw();
    }
  }
  clearTimeout(timer);
  if (next < Number.POSITIVE_INFINITY) timer = setTimeout(request, next);
}
