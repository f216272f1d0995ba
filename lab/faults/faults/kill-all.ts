import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { parseValue } from '../../../common/value.ts';
import type { Scene } from '../scene.ts';
import { type Fault, RESTART_DIVERGENCE } from './fault.ts';
import { saveSnapshot } from './snapshot.ts';

/** Time between snapshot and kill, so that some acknowledged writes are not persisted. */
const UNSAVED_MS = 500;

export const killAll: Fault = {
  name: 'kill-all',
  about:
    'The lab kills (-9) all nodes half a second after each has saved a snapshot, and restarts them from their snapshots.',
  seconds: 2,
  nodesReachable: false,
  alerts: ['NodeDown', 'Disconnected'],
  knownDivergence: RESTART_DIVERGENCE,
  choose: ({ network }) => ({ nodes: [...network.ports.keys()], services: [] }),
  async inject(scene, { nodes }) {
    scene.restart = { persistedSeq: await snapshot(scene, nodes) };
    await wait(UNSAVED_MS);
    await Promise.all(nodes.map((number) => scene.nodes.kill(number)));
  },
  async heal(scene, { nodes }) {
    // Suspended, because a running writer would overwrite the restored value before the lab reads it.
    scene.team.signal('writer', 'SIGSTOP');
    try {
      await Promise.all(nodes.map((number) => scene.nodes.restart(number)));
      scene.restart.restoredSeq = await restoredSeq(scene, nodes);
    } finally {
      scene.team.signal('writer', 'SIGCONT');
    }
  },
};

/** Saves a snapshot on every node. @returns the highest seq that all snapshots contain. */
async function snapshot(scene: Scene, nodes: readonly number[]): Promise<number> {
  return withClients(scene, nodes, async (clients) => {
    const seqs = await Promise.all(clients.map(seqOn));
    await scene.traffic.mark(clients);
    const saved = await Promise.all(clients.map((client) => saveSnapshot(client, scene.options.signal)));
    if (saved.includes(false)) throw new Error('a node could not save a snapshot');
    return Math.min(...seqs.map((seq) => seq ?? 0));
  });
}

async function restoredSeq(scene: Scene, nodes: readonly number[]): Promise<Record<string, number | null>> {
  const seqs = await withClients(scene, nodes, (clients) => Promise.all(clients.map(seqOn)));
  return Object.fromEntries(nodes.map((number, i) => [scene.network.addresses[number], seqs[i] ?? null]));
}

async function seqOn(client: Redis): Promise<number | null> {
  const parsed = parseValue((await client.get('shared_key')) ?? '');
  return parsed.ok ? (parsed.value.seq ?? null) : null;
}

async function withClients<T>(
  scene: Scene,
  nodes: readonly number[],
  work: (clients: Redis[]) => Promise<T>,
): Promise<T> {
  const clients = nodes.map((number) => scene.nodes.node(number).patientClient());
  try {
    return await work(clients);
  } finally {
    for (const client of clients) client.disconnect();
  }
}
