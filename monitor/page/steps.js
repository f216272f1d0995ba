// @ts-check
// Shows how long each step of the shown write took, counted from the write.
/** @import { Trace } from '../page-state.ts' */
import { byId, write } from './dom.js';
import { fromMicros, plural } from './format.js';
import { figures, sorted } from './observers.js';
import { section } from './schedule.js';
import { shownWrite } from './shown-write.js';
import { state } from './state.js';

export function setUpSteps() {
  section(byId('steps-section'), ['shown', 'writes'], draw, 250);
}

function draw() {
  const trace = shownWrite();
  if (!trace) return;
  const { sent, acknowledged, visible } = trace;
  const last = Math.max(...Object.values(visible));
  write(figure(1), acknowledged ? `acknowledged after ${fromMicros(acknowledged.at - sent)}` : '');
  write(
    figure(2),
    Number.isFinite(last)
      ? `on ${plural(Object.keys(visible).length, 'node')} after ${fromMicros(last - sent)}`
      : '',
  );
  fill(3, trace, 'notified');
  fill(4, trace, 'read');
  fill(5, trace, 'handshakeReceived');
}

/** @param {number} step */
function figure(step) {
  const element = byId(`step-${step}`).querySelector('.figure');
  if (!element) throw new Error(`step ${step} has no figure`);
  return element;
}

/** @param {number} step @param {Trace} trace @param {'notified' | 'read' | 'handshakeReceived'} event */
function fill(step, trace, event) {
  const { sent, observers } = trace;
  /** @type {[string, string][]} */
  const list = sorted(state.observersOf(trace)).map((name) => {
    const at = observers[name]?.[event];
    return [name, at === undefined ? (observers[name]?.lost ?? '–') : fromMicros(at - sent)];
  });
  const text = list.map(([name, value]) => `${name}: ${value}`).join('');
  // Equal figures stay as they are.
  if (figure(step).textContent !== text) figure(step).replaceChildren(...figures(list));
}
