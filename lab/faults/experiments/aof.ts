/**
 * Compares the append-only file with snapshots, to justify keydb.conf. Writes different keys on each node, kills (-9)
 * all nodes, and starts each without links, so that it loads only its own files.
 */

import { type Mesh, NodeProcess } from '../../../operate/local/index.ts';
import type { Experiment, ExperimentContext } from '../results.ts';
import type { Verdict } from '../verdict.ts';
import { ask, flowing, snapshot, untilInfo, writable } from './links.ts';
import { missingOn } from './missing.ts';
import { scaled, withNodes } from './with-nodes.ts';

interface Variant {
  name: string;
  extra: Readonly<Record<string, string>>;
  snapshots: boolean;
}

/** Number of keys that one node had persisted. */
interface Kept {
  own: number;
  others: number;
}

const KEYS = 1_000;
const VARIANTS: Variant[] = [
  {
    name: 'append-only file',
    // The strictest setting, so that a missing write was never logged.
    extra: { appendonly: 'yes', appendfsync: 'always', save: '' },
    snapshots: false,
  },
  { name: 'snapshots', extra: {}, snapshots: true },
];

export const aof: Experiment = {
  name: 'aof',
  about: 'Kills all nodes, starts each alone, and counts the keys in its append-only file or snapshot.',
  seconds: 15,
  needsMesh: false,
  async run(context) {
    const verdicts: Verdict[] = [];
    for (const variant of VARIANTS) {
      context.say(variant.name);
      verdicts.push(await withNodes(context, variant.extra, (mesh) => keptBy(context, mesh, variant)));
    }
    return verdicts;
  },
};

async function keptBy(context: ExperimentContext, mesh: Mesh, variant: Variant): Promise<Verdict> {
  await flowing(mesh);
  await Promise.all(mesh.nodes.map(logIsWhole));
  const count = scaled(context, KEYS);
  const writers = writable(mesh);
  const keysOf = (writer: NodeProcess) =>
    Array.from({ length: count }, (_, i) => `${writer.options.port}:${i}`);
  for (const writer of writers) await ask(writer, 'MSET', ...keysOf(writer).flatMap((key) => [key, 'value']));
  await flowing(mesh);
  if (variant.snapshots) await Promise.all(mesh.nodes.map(snapshot));
  await Promise.all(mesh.nodes.map((node) => node.kill()));
  const kept: Kept[] = [];
  for (const node of mesh.nodes) {
    const others = writers.filter((writer) => writer !== node).flatMap(keysOf);
    kept.push(await loadedAlone(node, writers.includes(node) ? keysOf(node) : [], others));
  }
  const [own, others] = [writers.length === 1 ? [count, 0, 0] : mesh.nodes.map(() => count), count];
  return {
    promise: 'restart',
    verdict: 'figure',
    summary: `${variant.name}: started alone, the nodes have ${kept.map((one) => one.own + one.others).join(', ')} of ${writers.length * count} keys`,
    evidence: kept.map(
      (one, i) =>
        `node ${i + 1}: ${one.own} of ${own[i]} keys written on it, ${one.others} of ${writers.length * others - (own[i] ?? 0)} written on others`,
    ),
  };
}

/** Waits for the rewrite of the file after a resynchronization. Until it ends, concurrent writes are in no file. */
async function logIsWhole(node: NodeProcess): Promise<void> {
  await untilInfo(
    node,
    'persistence',
    'end of its append-only file rewrite',
    ({ fields }) =>
      fields.get('aof_rewrite_in_progress') === '0' && fields.get('aof_rewrite_scheduled') === '0',
  );
}

/** Starts a node without links, counts its keys, and kills it. */
async function loadedAlone(
  node: NodeProcess,
  own: readonly string[],
  others: readonly string[],
): Promise<Kept> {
  const alone = new NodeProcess({ ...node.options, replicaOf: [] });
  await alone.start();
  try {
    return {
      own: own.length - (await missingOn(alone, own)).length,
      others: others.length - (await missingOn(alone, others)).length,
    };
  } finally {
    await alone.kill();
  }
}
