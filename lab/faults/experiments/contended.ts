/**
 * Counts divergent keys when all three nodes write the same keys, and checks what repairs them. First with all links up,
 * then with all links cut and re-established.
 */
import type { Mesh } from '../../../operate/local/index.ts';
import type { Experiment, ExperimentContext } from '../results.ts';
import type { Verdict } from '../verdict.ts';
import { contend, incomplete, KINDS } from './contention.ts';
import { divergent } from './divergent.ts';
import { cut, empty, flowing, interrupt, join, pairsOf } from './links.ts';
import { scaled, withNodes } from './with-nodes.ts';

interface Stage {
  name: string;
  /** Number of divergent keys of each kind, in the order of KINDS. */
  divergent: number[];
  incomplete: number[];
  certain: boolean;
}

const KEYS = 1_000;

export const contended: Experiment = {
  name: 'contended',
  about: 'Writes the same keys on all nodes, and counts how many diverge before and after healing.',
  seconds: 40,
  needsMesh: true,
  run: (context) =>
    withNodes(context, {}, async (mesh) => {
      const together = await linksUp(context, mesh);
      const isolated = await linksCut(context, mesh);
      return verdictsOf([...together, ...isolated], scaled(context, KEYS));
    }),
};

async function linksUp(context: ExperimentContext, mesh: Mesh): Promise<Stage[]> {
  await flowing(mesh);
  await contend(mesh, scaled(context, KEYS));
  const stages = [await compare(context, mesh, 'written with all links up')];
  for (const node of mesh.nodes) await interrupt(node);
  await mesh.complete();
  await flowing(mesh);
  stages.push(await compare(context, mesh, 'then all replication connections interrupted (partial resync)'));
  for (const [one, other] of pairsOf(mesh)) await cut(one, other);
  await heal(mesh);
  stages.push(await compare(context, mesh, 'then all links re-established (full resync)'));
  return stages;
}

async function linksCut(context: ExperimentContext, mesh: Mesh): Promise<Stage[]> {
  await empty(mesh);
  for (const [one, other] of pairsOf(mesh)) await cut(one, other);
  await contend(mesh, scaled(context, KEYS));
  const stages = [await compare(context, mesh, 'written with all links cut')];
  await heal(mesh);
  stages.push(await compare(context, mesh, 'then all links re-established (full resync)'));
  return stages;
}

async function heal(mesh: Mesh): Promise<void> {
  for (const [one, other] of pairsOf(mesh)) await join(one, other);
  await mesh.complete();
  await flowing(mesh);
}

async function compare(context: ExperimentContext, mesh: Mesh, name: string): Promise<Stage> {
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

/** Returns one verdict for each kind of write. Only keys with one writer have a guarantee. */
function verdictsOf(stages: readonly Stage[], count: number): Verdict[] {
  return KINDS.map(({ name, prefix, complete }, i) => {
    const evidence = stages.map(
      (stage) =>
        `${stage.name}: ${stage.divergent[i]} of ${count} keys divergent${complete ? `, ${stage.incomplete[i]} lack writes on the first node` : ''}`,
    );
    const figures = stages.map((stage) => stage.divergent[i]).join(', ');
    const lack = stages.map((stage) => stage.incomplete[i]).join(', ');
    return {
      promise: prefix === 'own:' ? 'single-writer' : 'contended',
      verdict: prefix === 'own:' ? ownVerdict(stages, i) : 'figure',
      summary: `${name}: divergent ${figures} of ${count}${complete ? `; lacking writes ${lack}` : ''} (links up, partial resync, full resync; links cut, full resync)`,
      evidence,
    };
  });
}

/** Returns the verdict for keys with one writer. Ignores stages with cut links, in which keys always differ. */
function ownVerdict(stages: readonly Stage[], kind: number): Verdict['verdict'] {
  const linked = stages.filter(({ name }) => !name.includes('cut'));
  if (linked.some((stage) => (stage.divergent[kind] ?? 0) + (stage.incomplete[kind] ?? 0) > 0))
    return 'broken';
  return stages.every(({ certain }) => certain) ? 'holds' : 'unknown';
}
