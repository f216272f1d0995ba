import type { Scene } from '../scene.ts';
import { until } from '../until.ts';
import { type Fault, LONGER_THAN_LINKS_SECONDS, type Target } from './fault.ts';

/** A silent link is made anew after `repl-timeout` (10 s), if TCP does not mend it before. */
const CROSSED_DEADLINE_MS = 20_000;

export const split: Fault = {
  name: 'split',
  about:
    "The sync-observer's node is cut off from both others, both ways, while clients write on both sides. Then the links are whole again.",
  seconds: LONGER_THAN_LINKS_SECONDS,
  visibleAfterMs: 0,
  nodesReachable: true,
  needsMultiMaster: 'where only one node takes writes, there is no traffic on the other side',
  choose: (scene) => ({ nodes: [scene.nodeOf('sync-observer')], services: [] }),
  parts: (scene, { nodes }) => [nodes, others(scene, { nodes })],
  async inject(scene, target) {
    for (const one of target.nodes) {
      for (const other of others(scene, target)) await scene.network.cutPeers(one, other);
    }
  },
  async heal(scene, target) {
    await scene.network.healAll();
    // TCP pauses the longer the longer it was cut: whole again is a link once something has come through.
    const clients = target.nodes.map((number) => scene.nodes.node(number).patientClient());
    const keys = others(scene, target).map((number) => scene.traffic.busyKeyOf(number));
    try {
      const read = async () => (await Promise.all(clients.map((client) => client.mget(keys)))).flat();
      const before = await read();
      const crossed = async () => (await read()).every((value, i) => value !== before[i]);
      await until(crossed, CROSSED_DEADLINE_MS, scene.options.signal);
    } finally {
      for (const client of clients) client.disconnect();
    }
  },
};

function others({ network }: Scene, { nodes }: Pick<Target, 'nodes'>): number[] {
  return [...network.ports.keys()].filter((number) => !nodes.includes(number));
}
