/** Tests both observers with the same cases, on three channels and in two layouts: they must behave identically. */
import { test } from 'node:test';
import { needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { LOSING, type LosingCase } from './cases-losing.ts';
import { READING } from './cases-reading.ts';
import { resynchronized, TRACKING } from './cases-tracking.ts';
import { WRITE_NODE } from './cases-write-node.ts';
import { type ContractLayout, type Observer, Scene } from './scene.ts';

const CASES: Record<string, LosingCase> = {
  ...Object.fromEntries(Object.entries(READING).map(([name, play]) => [name, { play }])),
  ...LOSING,
  ...TRACKING,
  ...WRITE_NODE,
};

/** Tests that an observer behaves as the cases require. */
export function testObserver(observer: Observer, tested: ContractLayout): void {
  for (const channel of ['keyevent', 'keyspace', 'tracking'] as const) {
    test(`${observer.service} on ${tested}, ${channel}`, async (t) => {
      const { nodes } = await (tested === 'one node' ? startMesh(t, 1) : startMesh(t, 2, {}, 'star'));
      const [primary = 0, home = primary] = nodes.map(({ options }) => options.port);
      for (const [name, { env = {}, channels, layout, play }] of Object.entries(CASES)) {
        if ((channels && !channels.includes(channel)) || (layout && layout !== tested)) continue;
        await t.test(name, async (t) =>
          play(await Scene.set(t, { home, primary }, observer, env, { KEY_CHANNEL: channel })),
        );
      }
    });
  }
}

/** Tests that a poll covers the one case in which CLIENT TRACKING sends no push. */
export function testResynchronization(observer: Observer): void {
  test(`${observer.service}, tracking: a poll finds a write that a resynchronization loaded without a push`, {
    skip: needsMultiMaster,
  }, async (t) => {
    const { nodes } = await startMesh(t, 2);
    const [home = 0, other = 0] = nodes.map(({ options }) => options.port);
    const env = { KEY_CHANNEL: 'tracking', RECHECK_INTERVAL_MS: '100' };
    const scene = await Scene.set(t, { home, primary: home }, observer, env);
    await resynchronized(t, scene, other);
  });
}
