/** One list of cases, two observers, two kinds of channel: the observers give the same answer to the same question. */
import { test } from 'node:test';
import { stayConnected as asyncObserver } from '../../async-observer/stay-connected.ts';
import { stayConnected as syncObserver } from '../../sync-observer/stay-connected.ts';
import { startMesh } from '../helpers/nodes.ts';
import { LOSING, type LosingCase } from './cases-losing.ts';
import { READING } from './cases-reading.ts';
import { type Observer, Scene } from './scene.ts';

const OBSERVERS: Observer[] = [
  { service: 'sync-observer', start: syncObserver },
  { service: 'async-observer', start: asyncObserver },
];

const CASES: Record<string, LosingCase> = {
  ...Object.fromEntries(Object.entries(READING).map(([name, play]) => [name, { play }])),
  ...LOSING,
};

for (const observer of OBSERVERS) {
  for (const channel of ['keyevent', 'keyspace']) {
    test(`${observer.service}, ${channel}`, async (t) => {
      const { nodes } = await startMesh(t, 1);
      const port = nodes[0]?.options.port ?? 0;
      for (const [name, { env = {}, play }] of Object.entries(CASES)) {
        await t.test(name, async (t) =>
          play(await Scene.set(t, port, observer, { KEY_CHANNEL: channel, ...env })),
        );
      }
    });
  }
}
