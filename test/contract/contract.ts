/** Tests both observers with the same cases on three channels: they must behave identically. */
import { test } from 'node:test';
import { needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { LOSING, type LosingCase } from './cases-losing.ts';
import { READING } from './cases-reading.ts';
import { resynchronized, TRACKING } from './cases-tracking.ts';
import { type Observer, Scene } from './scene.ts';

const CASES: Record<string, LosingCase> = {
  ...Object.fromEntries(Object.entries(READING).map(([name, play]) => [name, { play }])),
  ...LOSING,
  ...TRACKING,
};

/** Tests that an observer behaves as the cases require. */
export function testObserver(observer: Observer): void {
  for (const channel of ['keyevent', 'keyspace', 'tracking'] as const) {
    test(`${observer.service}, ${channel}`, async (t) => {
      const { nodes } = await startMesh(t, 1);
      const port = nodes[0]?.options.port ?? 0;
      for (const [name, { env = {}, channels, play }] of Object.entries(CASES)) {
        if (channels && !channels.includes(channel)) continue;
        await t.test(name, async (t) =>
          play(await Scene.set(t, port, observer, { KEY_CHANNEL: channel, ...env })),
        );
      }
    });
  }

  test(`${observer.service}, tracking: a poll finds a write that a resynchronization loaded without a push`, {
    skip: needsMultiMaster,
  }, async (t) => {
    const { nodes } = await startMesh(t, 2);
    const [home, other] = nodes.map(({ options }) => options.port);
    const scene = await Scene.set(t, home ?? 0, observer, {
      KEY_CHANNEL: 'tracking',
      RECHECK_INTERVAL_MS: '100',
    });
    await resynchronized(t, scene, other ?? 0);
  });
}
