// @ts-check
// Creates and updates elements. Values enter the page only as text, never as markup.
const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Record<string, string | number | boolean>} Attributes */

/**
 * @template {Element} T
 * @param {T} element
 * @param {Attributes} attributes `false` removes an attribute.
 * @returns {T}
 */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = value === true ? '' : String(value);
    if (value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {(Node | string)[]} children
 */
export function html(tag, attributes = {}, ...children) {
  const element = set(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {(Node | string)[]} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = set(document.createElementNS(SVG, tag), attributes);
  element.append(...children);
  return element;
}

/**
 * Sets a text only if it changes, because each assignment costs a layout and is announced in a live region.
 * @param {Node} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element #${id}`);
  return /** @type {T} */ (element);
}

/**
 * Keeps one child of a group for each key, so that an element keeps its transition and its focus.
 * @template T
 * @template {Element} E
 */
export class Keyed {
  /** @type {Map<string, E>} */
  #elements = new Map();
  #parent;
  #create;

  /**
   * @param {Element} parent
   * @param {(item: T) => E} create
   */
  constructor(parent, create) {
    this.#parent = parent;
    this.#create = create;
  }

  /**
   * @param {readonly T[]} items
   * @param {(item: T) => string} keyOf
   * @param {(element: E, item: T) => void} update
   */
  update(items, keyOf, update) {
    const keys = new Set(items.map(keyOf));
    for (const [key, element] of this.#elements) {
      if (keys.has(key)) continue;
      element.remove();
      this.#elements.delete(key);
    }
    for (const item of items) {
      const key = keyOf(item);
      let element = this.#elements.get(key);
      if (!element) {
        element = this.#create(item);
        this.#elements.set(key, element);
        this.#parent.append(element);
      }
      update(element, item);
    }
  }

  /** @param {string} key */
  get(key) {
    return this.#elements.get(key);
  }
}

/**
 * Returns a table; the first cell of each row is its header.
 * @param {string} caption
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function table(caption, head, rows) {
  return html(
    'table',
    {},
    html('caption', {}, caption),
    html('thead', {}, html('tr', {}, ...head.map((text) => html('th', { scope: 'col' }, text)))),
    html(
      'tbody',
      {},
      ...rows.map(([first = '', ...rest]) =>
        html('tr', {}, html('th', { scope: 'row' }, first), ...rest.map((text) => html('td', {}, text))),
      ),
    ),
  );
}

/**
 * Fills the tables behind a drawing, if they are open.
 * @param {HTMLElement} details
 * @param {() => HTMLElement[]} tables
 */
export function fillTables(details, tables) {
  if (!(details instanceof HTMLDetailsElement)) return;
  const created = details.open ? tables() : [];
  const places = [...details.children].slice(1);
  for (const extra of places.slice(created.length)) extra.remove();
  for (const [i, part] of created.entries()) {
    const label = part.querySelector('caption')?.textContent ?? '';
    // A wide table scrolls by itself, also by keyboard. Its place stays, so that it keeps the focus and the position.
    const place = places[i] ?? html('div', { class: 'scroll', role: 'region', tabindex: 0 });
    set(place, { 'aria-label': label }).replaceChildren(part);
    if (!place.isConnected) details.append(place);
  }
}
