// @ts-check
// The table behind the waterfall: all times of a write.
/** @import { Trace } from '../page-state.ts' */
import { table } from './dom.js';
import { fromMicros } from './format.js';
import { sorted } from './observers.js';
import { state } from './state.js';
import { exceptionOf } from './timeline.js';

/** @param {Trace} trace */
export function timesTable(trace) {
  const { id, sent, acknowledged, visible, observers } = trace;
  const at = (/** @type {number | undefined} */ micros) =>
    micros === undefined ? '–' : fromMicros(micros - sent);
  const rows = [
    ['Acknowledged', acknowledged?.node ?? '–', at(acknowledged?.at), ''],
    ...Object.entries(visible).map(([node, micros]) => ['Visible', node, at(micros), '']),
    ...sorted(state.observersOf(trace)).flatMap((name) => {
      const seen = observers[name] ?? {};
      return [
        ['Notified', name, at(seen.notified), exceptionOf(seen)],
        ['Read', name, at(seen.read), ''],
        ['Handshake sent', name, at(seen.handshakeSent), ''],
        ['Handshake acknowledged', name, at(seen.handshakeAcknowledged), ''],
        ['Handshake received', name, at(seen.handshakeReceived), ''],
      ];
    }),
  ];
  return table(`Times since ${id} was sent`, ['Event', 'Where', 'Time', 'Note'], rows);
}
