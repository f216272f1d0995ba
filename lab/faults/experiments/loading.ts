/**
 * Counts writes that a node loses if one peer sends them while the node loads a full resynchronization from another.
 * Compares the settings of keydb.conf with KeyDB's defaults.
 */
import type { Mesh } from '../../../operate/local/index.ts';
import type { Experiment, ExperimentContext } from '../results.ts';
import type { Verdict } from '../verdict.ts';
import { ask, flowing } from './links.ts';
import { missingOn } from './missing.ts';
import { scaled, withNodes } from './with-nodes.ts';
import { Writes } from './writes.ts';

interface Variant {
  name: string;
  extra: Readonly<Record<string, string>>;
}

const VARIANTS: Variant[] = [
  { name: 'keydb.conf', extra: {} },
  {
    name: "KeyDB's default settings",
    extra: {
      'loading-process-events-interval-keys': '8192',
      'loading-process-events-interval-bytes': '2097152',
    },
  },
];
/** Enough keys that a node processes events several times while it loads them, if its settings allow that. */
const KEYS = 200_000;
const RESYNCS = 5;

export const loading: Experiment = {
  name: 'loading',
  about: 'Forces five full resyncs of a node from one peer during writes on the other peer.',
  seconds: 40,
  needsMesh: true,
  async run(context) {
    const verdicts: Verdict[] = [];
    for (const variant of VARIANTS) {
      context.say(variant.name);
      verdicts.push(await withNodes(context, variant.extra, (mesh) => resync(context, mesh, variant)));
    }
    return verdicts;
  },
};

async function resync(context: ExperimentContext, mesh: Mesh, { name }: Variant): Promise<Verdict> {
  const [loader, source, written] = mesh.nodes;
  if (!loader || !source || !written) throw new Error('three nodes are needed');
  await flowing(mesh);
  await ask(source, 'DEBUG', 'POPULATE', String(scaled(context, KEYS)), 'loaded', '20');
  const writes = new Writes(written.address, { prefix: 'written:', pipelined: 1, waitFor: 0 });
  for (let i = 0; i < RESYNCS; i += 1) {
    await ask(loader, 'REPLICAOF', 'REMOVE', '127.0.0.1', String(source.options.port));
    await ask(loader, 'REPLICAOF', '127.0.0.1', String(source.options.port));
    await mesh.complete();
    await flowing(mesh);
  }
  await writes.stop();
  await flowing(mesh);
  const missing = await missingOn(loader, writes.keys());
  return {
    promise: 'single-writer',
    verdict: 'figure',
    summary: `${name}: of ${writes.acknowledged.length} keys written on one node, ${missing.length} are missing on the node that loaded`,
    evidence: missing.length > 0 ? [`missing: ${missing.slice(0, 5).join(', ')}`] : [],
  };
}
