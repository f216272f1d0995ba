/**
 * Keys that all three nodes write at once: how many diverge, and what repairs them. First with all links up; then with
 * every link cut, so that each node takes its writes alone, and made anew.
 */
import type { Mesh } from '../../local/mesh.ts';
import type { Experiment, ExperimentContext } from '../results.ts';
import type { Verdict } from '../verdict.ts';
import { contend, incomplete, KINDS } from './contention.ts';
import { divergent } from './divergent.ts';
import { cut, empty, flowing, interrupt, join, pairsOf } from './links.ts';
import { scaled, withNodes } from './with-nodes.ts';

interface Stage {
  name: string;
  /** By kind, in the order of KINDS. */
  divergent: number[];
  incomplete: number[];
  certain: boolean;
}

const KEYS = 1_000;

export const contended: Experiment = {
  name: 'contended',
  about: 'All nodes write the same keys at once: how many diverge, and whether healing repairs them.',
  seconds: 40,
  needsMultiMaster: true,
  run: (context) =>
    withNodes(context, {}, async (mesh) => {
      const together = await linksUp(context, mesh);
      const apart = await linksCut(context, mesh);
      return verdictsOf([...together, ...apart], scaled(context, KEYS));
    }),
};

async function linksUp(context: ExperimentContext, mesh: Mesh): Promise<Stage[]> {
  await flowing(mesh);
  await contend(mesh, scaled(context, KEYS));
  const stages = [await look(context, mesh, 'written with all links up')];
  for (const node of mesh.nodes) await interrupt(node);
  await mesh.complete();
  await flowing(mesh);
  stages.push(await look(context, mesh, 'then every connection between nodes broken (partial resync)'));
  for (const [one, other] of pairsOf(mesh)) await cut(one, other);
  await heal(mesh);
  stages.push(await look(context, mesh, 'then every link made anew (full resync)'));
  return stages;
}

async function linksCut(context: ExperimentContext, mesh: Mesh): Promise<Stage[]> {
  await empty(mesh);
  for (const [one, other] of pairsOf(mesh)) await cut(one, other);
  await contend(mesh, scaled(context, KEYS));
  const stages = [await look(context, mesh, 'written with every link cut')];
  await heal(mesh);
  stages.push(await look(context, mesh, 'then every link made anew (full resync)'));
  return stages;
}

async function heal(mesh: Mesh): Promise<void> {
  for (const [one, other] of pairsOf(mesh)) await join(one, other);
  await mesh.complete();
  await flowing(mesh);
}

async function look(context: ExperimentContext, mesh: Mesh, name: string): Promise<Stage> {
  context.say(name);
  const found = [];
  for (const kind of KINDS) {
    const { keys, verdict } = await divergent(mesh, `${kind.prefix}*`, context.signal);
    found.push({ keys, verdict, missing: await incomplete(mesh, kind, scaled(context, KEYS)) });
  }
  return {
    name,
    divergent: found.map(({ keys }) => keys),
    incomplete: found.map(({ missing }) => missing),
    certain: found.every(({ verdict }) => verdict !== 'unknown'),
  };
}

/** One verdict for each way of using keys; only that of one writer for each key is a promise. */
function verdictsOf(stages: readonly Stage[], count: number): Verdict[] {
  return KINDS.map(({ name, prefix, whole }, i) => {
    const evidence = stages.map(
      (stage) =>
        `${stage.name}: ${stage.divergent[i]} of ${count} keys divergent${whole ? `, ${stage.incomplete[i]} lack writes on the first node` : ''}`,
    );
    const figures = stages.map((stage) => stage.divergent[i]).join(', ');
    const lack = stages.map((stage) => stage.incomplete[i]).join(', ');
    return {
      promise: prefix === 'own:' ? 'single-writer' : 'contended',
      verdict: prefix === 'own:' ? ownVerdict(stages, i) : 'figure',
      summary: `${name}: divergent ${figures} of ${count}${whole ? `; lacking writes ${lack}` : ''} (links up, partial resync, full resync; links cut, full resync)`,
      evidence,
    };
  });
}

/** While the links are cut, keys differ of course: the last stage of each part counts. */
function ownVerdict(stages: readonly Stage[], kind: number): Verdict['verdict'] {
  const linked = stages.filter(({ name }) => !name.includes('cut'));
  if (linked.some((stage) => (stage.divergent[kind] ?? 0) + (stage.incomplete[kind] ?? 0) > 0))
    return 'broken';
  return stages.every(({ certain }) => certain) ? 'holds' : 'unknown';
}
