/** Ends a run: stops the writes, waits until replication is idle, and reads the nodes. */
import type { Redis } from 'ioredis';
import { OBSERVERS } from '../../common/services.ts';
import { parseValue } from '../../common/value.ts';
import { parseAddresses } from '../../toolkit/node/address.ts';
import { Progress } from '../../toolkit/progress.ts';
import { DEFAULTS, KINDS, overallVerdict, verify } from '../verifier/index.ts';
import type { NodeState, Traffic, Write } from './history.ts';
import type { Scene } from './scene.ts';
import { until } from './until.ts';

/** A silent link is re-established after `repl-timeout` (10 s). A poll (RECHECK_INTERVAL_MS) may follow. Milliseconds. */
const QUIET_DEADLINE_MS = 25_000;
const HANDSHAKE_KEYS = OBSERVERS.map((observer) => `handshake_key:${observer}`);

export interface Rest {
  finalState: NodeState[];
  traffic: Traffic[];
}

/**
 * Sends one last write, waits until all nodes contain it and its handshakes, or until the deadline, and reads the final
 * state.
 * @throws Error if a node cannot be read.
 */
export async function comeToRest(scene: Scene): Promise<Rest> {
  const { timeline, signal } = scene.options;
  await scene.traffic.stop();
  await scene.team.stopOne('writer');
  const before = scene.recorder.writes.length;
  const deadlineMs = QUIET_DEADLINE_MS + scene.settings.RECHECK_INTERVAL_MS;
  scene.team.startQuietWriter();
  const clients = scene.mesh.nodes.map((node) => node.patientClient());
  try {
    const agreed = await until(() => agree(clients, scene, before), deadlineMs, signal);
    timeline.say(
      agreed
        ? 'quiet: all nodes have the last write and its handshakes'
        : `not all nodes have the last write and its handshakes after ${deadlineMs / 1000} s`,
    );
    const divergent = await divergentKeys(scene);
    const states = clients.map(async (client, i): Promise<NodeState> => {
      const [sharedKey = null, ...handshakes] = await client.mget('shared_key', ...HANDSHAKE_KEYS);
      return {
        node: scene.network.addresses[i] ?? '',
        sharedKey,
        handshakes: Object.fromEntries(OBSERVERS.map((name, n) => [name, handshakes[n] ?? null])),
        divergentKeys: divergent[i] ?? [],
      };
    });
    return { finalState: await Promise.all(states), traffic: await scene.traffic.account(clients) };
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** Returns whether all nodes have the last write and its handshakes. @param before number of earlier writes. */
async function agree(clients: readonly Redis[], { recorder }: Scene, before: number): Promise<boolean> {
  const last = recorder.writes.slice(before).find(({ outcome }) => outcome === 'acknowledged');
  if (!last) return false;
  const values = await Promise.all(clients.map((client) => client.mget('shared_key', ...HANDSHAKE_KEYS)));
  return values.flat().every((text) => isFor(text, last));
}

function isFor(text: string | null, { seq }: Write): boolean {
  const parsed = parseValue(text ?? '');
  return parsed.ok && parsed.value.seq === seq;
}

/** Returns, for each node, the keys that the verifier found to differ from the first node. */
async function divergentKeys({ network, options }: Scene): Promise<string[][]> {
  const addresses = parseAddresses(network.addresses.join(','), {});
  const result = await verify(
    addresses,
    { ...DEFAULTS, settleMs: 200 },
    new Progress(undefined),
    options.signal,
  );
  if (overallVerdict(result.pairs) === 'unknown') {
    const notes = [...result.notes, ...result.pairs.flatMap((pair) => pair.notes)];
    throw new Error(`the verifier's result is unknown: ${notes.join('; ')}`);
  }
  const keys = result.pairs.map(({ findings }) =>
    KINDS.flatMap((kind) => findings[kind].map(({ key }) => key.toString())),
  );
  return [[], ...keys];
}
