import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Scene } from '../scene.ts';
import { type Fault, SHORT_SECONDS } from './fault.ts';
import { saveSnapshot } from './snapshot.ts';

export const diskFull: Fault = {
  name: 'disk-full',
  about:
    "The lab makes each snapshot of the writer's node fail, as a full disk does, and requests one. A primary then rejects writes; a node of a mesh accepts them. Then the lab lets the node save a snapshot.",
  seconds: SHORT_SECONDS,
  nodesReachable: false,
  alerts: ['SnapshotFailed'],
  choose: (scene) => ({ nodes: [scene.nodeOf('writer')], services: [] }),
  async inject(scene, { nodes }) {
    for (const number of nodes) {
      const file = snapshotOf(scene, number);
      // A node cannot replace a folder by its snapshot. This also stops root, and leaves the node's log writable.
      await rm(file, { force: true });
      await mkdir(file);
      await withClient(scene, number, async (client) => {
        if (await saveSnapshot(client, scene.options.signal))
          throw new Error(`a snapshot of node ${number + 1} succeeded despite ${file}`);
        await report(scene, number, client);
      });
    }
  },
  async heal(scene, { nodes }) {
    for (const number of nodes) {
      await rm(snapshotOf(scene, number), { recursive: true, force: true });
      await withClient(scene, number, async (client) => {
        // Not cancelled by Ctrl-C, because a fault is always healed.
        if (!(await saveSnapshot(client, new AbortController().signal)))
          throw new Error(`node ${number + 1} saved no snapshot after the heal`);
      });
    }
  },
};

/** Records whether the node still accepts writes. */
async function report({ network, options, recorder }: Scene, number: number, client: Redis): Promise<void> {
  const address = network.addresses[number] ?? '';
  const reply = await client.set(`disk-full:${number + 1}`, Date.now()).catch((error: Error) => error);
  const writes =
    reply instanceof Error ? `rejects writes (${reply.message.split(' ')[0]})` : 'accepts writes';
  const text = `${address} cannot save a snapshot, and ${writes}`;
  options.timeline.say(`  ${text}`);
  recorder.incident(address, 'warning', text);
}

function snapshotOf({ nodes }: Scene, number: number): string {
  return join(nodes.node(number).options.folder, 'dump.rdb');
}

async function withClient(
  { nodes }: Scene,
  number: number,
  work: (client: Redis) => Promise<void>,
): Promise<void> {
  const client = nodes.node(number).patientClient();
  try {
    await work(client);
  } finally {
    client.disconnect();
  }
}
