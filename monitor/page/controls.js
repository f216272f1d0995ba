// @ts-check
// Controls that work: the interval of the writes, a write now, and faults.
/** @import { ActiveFault, FaultAction } from '../../toolkit/control-messages.ts' */
/** @import { Controls } from '../page-state.ts' */
import { byId, html, set, write } from './dom.js';
import { section } from './schedule.js';
import { state } from './state.js';

const place = byId('controls');
const error = byId('control-error');
const VERBS = { pause: 'Pause', kill: 'Kill', restart: 'Restart', cut: 'Cut' };
const STATES = { pause: 'is paused', kill: 'is killed', restart: 'restarts', cut: 'is cut' };

/** What the elements were created for. */
let built = '';
const interval = html('p', { id: 'interval-values' });
const active = html('ul', { id: 'active-faults', 'aria-label': 'Active faults' });

export function setUpControls() {
  section(byId('controls-section'), ['mesh', 'clock'], drawValues, 200);
}

/** Shows which controls there are. Also while the section is not visible, because the keyboard can reach them there. */
export function showControls() {
  const { controls, mesh } = state;
  byId('controls-section').hidden = !(controls.interval || controls.write || controls.faults);
  const names = mesh.nodes.map(({ name }) => name);
  const wanted = JSON.stringify([controls.interval, controls.write, controls.faults?.actions, names]);
  // Unchanged controls keep the focus.
  if (wanted !== built) {
    built = wanted;
    place.replaceChildren(
      ...intervalForm(controls),
      ...writeButton(controls),
      ...faultButtons(controls, names),
    );
  }
  drawValues();
}

function drawValues() {
  write(interval, describeInterval());
  drawActive(state.controls.faults?.active ?? []);
}

/** @param {Controls} controls */
function intervalForm({ interval: control }) {
  if (!control) return [];
  const { minSeconds, maxSeconds, nodes, key } = control;
  const seconds = html('input', {
    id: 'interval-seconds',
    type: 'number',
    min: minSeconds,
    max: maxSeconds,
    step: 1,
    required: true,
    value: Math.max(minSeconds, Math.round(writeInterval() ?? minSeconds)),
  });
  const node = html(
    'select',
    { id: 'interval-node' },
    ...nodes.map((name) => html('option', { value: name }, name)),
  );
  const remove = html('button', { type: 'button', id: 'interval-remove' }, 'Use the default');
  const form = html(
    'form',
    { id: 'interval-form' },
    html('h3', {}, 'Interval of the writes'),
    html(
      'div',
      { class: 'row' },
      html('label', {}, 'Seconds ', seconds),
      html('label', {}, 'Set on ', node),
      html('button', { id: 'interval-set' }, 'Set'),
      remove,
    ),
    interval,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    act('interval', { node: node.value, seconds: Number(seconds.value) });
  });
  remove.addEventListener('click', () => act('interval', { node: node.value, seconds: null }));
  interval.title = key;
  return [form];
}

/** @param {Controls} controls */
function writeButton({ write: works }) {
  if (!works) return [];
  const button = html('button', { type: 'button', id: 'write-now' }, 'Write now');
  button.addEventListener('click', () => act('write', {}));
  return [html('div', {}, html('h3', {}, 'Writer'), button)];
}

/** @param {Controls} controls @param {string[]} names */
function faultButtons({ faults }, names) {
  if (!faults) return [];
  const onNode = faults.actions.flatMap((action) => (action === 'cut' ? [] : [action]));
  const rows = names.map((name) =>
    html(
      'div',
      { class: 'row', role: 'group', 'aria-label': name },
      html('span', { class: 'name' }, name),
      ...onNode.map((action) => faultButton(action, name)),
    ),
  );
  const cut = faults.actions.includes('cut') && names.length > 1 ? [cutForm(names)] : [];
  return [
    html('div', { id: 'faults' }, html('h3', {}, 'Faults, which end by themselves'), ...rows, ...cut, active),
  ];
}

/** @param {Exclude<FaultAction, 'cut'>} action @param {string} node */
function faultButton(action, node) {
  const button = html('button', { type: 'button', 'aria-label': `${VERBS[action]} ${node}` }, VERBS[action]);
  button.addEventListener('click', () => act('fault', { action, node }));
  return button;
}

/** @param {string[]} names */
function cutForm(names) {
  const pairs = names.flatMap((node, i) => names.slice(i + 1).map((peer) => ({ node, peer })));
  const pair = html(
    'select',
    { id: 'cut-link' },
    ...pairs.map(({ node, peer }, i) => html('option', { value: i }, `${node} – ${peer}`)),
  );
  const button = html('button', { type: 'button', id: 'cut' }, 'Cut');
  button.addEventListener('click', () => act('fault', { action: 'cut', ...pairs[Number(pair.value)] }));
  return html('div', { class: 'row' }, html('label', {}, 'Link ', pair), button);
}

/** @param {ActiveFault[]} faults */
function drawActive(faults) {
  const texts = faults.map(({ action, node, peer, until }) => {
    const left = Math.max(0, Math.ceil((until - state.now) / 1000));
    return `${peer === undefined ? node : `${node} – ${peer}`} ${STATES[action]}: ends in ${left} s`;
  });
  if (texts.join() !== [...active.children].map(({ textContent }) => textContent).join()) {
    active.replaceChildren(...texts.map((text) => html('li', {}, text)));
  }
}

/** Returns the interval of the writer now, in seconds. */
function writeInterval() {
  return state.mesh.services.find(({ role }) => role === 'writer')?.values.mesh_write_interval_seconds;
}

function describeInterval() {
  const key = state.controls.interval?.key ?? '';
  const seconds = writeInterval();
  const now = seconds === undefined ? '' : ` The writer writes every ${Number(seconds.toFixed(3))} s.`;
  const texts = new Map(
    state.mesh.nodes.flatMap(({ name, interval: text }) =>
      text === undefined ? [] : [[name, text ?? 'not set']],
    ),
  );
  const different = new Set(texts.values());
  if (different.size === 0) return now.trim();
  if (different.size === 1) return `${key} on all nodes: ${[...different][0]}.${now}`;
  return `${key} ${[...texts].map(([name, text]) => `on ${name}: ${text}`).join(', ')}.${now}`;
}

/** @param {'interval' | 'write' | 'fault'} action @param {object} body */
async function act(action, body) {
  set(error, { hidden: true });
  let message = '';
  try {
    const response = await fetch(`/actions/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) message = (await response.text()) || `The monitor answered ${response.status}.`;
  } catch {
    message = 'The monitor does not answer. Check that it runs, then try again.';
  }
  write(error, message);
  set(error, { hidden: message === '' });
}
