/**
 * What happens to the writes that a node's other peer sends while it loads a full resynchronisation from one: with the
 * settings of keydb.conf, and with KeyDB's own.
 */
import type { Mesh } from '../../local/mesh.ts';
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
    name: "KeyDB's own settings",
    extra: {
      'loading-process-events-interval-keys': '8192',
      'loading-process-events-interval-bytes': '2097152',
    },
  },
];
/** What the node loads: enough for it to look up several times meanwhile, if it does. */
const KEYS = 200_000;
const RESYNCS = 5;

export const loading: Experiment = {
  name: 'loading',
  about: 'A node loads all that one peer has, five times, while the other peer is written to.',
  seconds: 40,
  needsMultiMaster: true,
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
    summary: `${name}: of ${writes.acknowledged.length} keys written on one node, ${missing.length} are not on the one that loaded`,
    evidence: missing.length > 0 ? [`missing: ${missing.slice(0, 5).join(', ')}`] : [],
  };
}
