/**
 * Kills (-9) and restarts all nodes during writes. Every node must have the writes that were acknowledged before a
 * completed snapshot started, and no counter may be rolled back to an older value.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Mesh, NodeProcess } from '../../../operate/local/index.ts';
import type { Experiment, ExperimentContext } from '../results.ts';
import type { Verdict } from '../verdict.ts';
import { divergent } from './divergent.ts';
import { ask, flowing, snapshot, writable } from './links.ts';
import { missingOn } from './missing.ts';
import { scaled, withNodes } from './with-nodes.ts';
import { Writes } from './writes.ts';

/** Writes on one node, and how many of them a snapshot of this node certainly contains. */
interface Load {
  node: NodeProcess;
  counter: string;
  writes: Writes;
  persisted: number;
  persistedCount: number;
}

interface Round {
  acknowledged: number;
  persisted: number;
  missing: string[];
  rolledBack: string[];
  divergent: number;
  /** Number of lost writes acknowledged after the snapshot started: `save` in keydb.conf limits it. */
  notPersisted: number;
}

const ROUNDS = 3;
/** Duration of writes before the snapshot, and maximum duration after it. */
const WRITING_MS = 400;
const PIPELINED = 50;

export const restart: Experiment = {
  name: 'restart',
  about: 'Kills (-9) and restarts all nodes during writes, and checks that no persisted write is lost.',
  seconds: 30,
  needsMesh: false,
  run: (context) => withNodes(context, {}, (mesh) => roundsOn(context, mesh)),
};

async function roundsOn(context: ExperimentContext, mesh: Mesh): Promise<Verdict[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= scaled(context, ROUNDS); round += 1) {
    context.say(`round ${round}`);
    rounds.push(await killAll(context, mesh, round));
  }
  const broken = rounds.some((round) => round.missing.length + round.rolledBack.length + round.divergent > 0);
  const sum = (of: (round: Round) => number) => rounds.reduce((all, round) => all + of(round), 0);
  const lost = sum(({ missing }) => missing.length);
  return [
    {
      promise: 'restart',
      verdict: broken ? 'broken' : 'holds',
      summary: `${lost} of ${sum(({ persisted }) => persisted)} acknowledged and persisted writes are lost after a kill of all nodes; of ${sum(({ acknowledged }) => acknowledged)} acknowledged in total, ${sum(({ notPersisted }) => notPersisted)} written after the snapshot are lost`,
      evidence: rounds.flatMap((round, i) => [
        `round ${i + 1}: acknowledged ${round.acknowledged}, persisted ${round.persisted}, of these missing on a node ${round.missing.length}; counters rolled back ${round.rolledBack.length}; divergent keys ${round.divergent}; not persisted and lost ${round.notPersisted}`,
        ...round.missing.slice(0, 5),
        ...round.rolledBack,
      ]),
    },
  ];
}

async function killAll(context: ExperimentContext, mesh: Mesh, round: number): Promise<Round> {
  await flowing(mesh);
  const loads = writable(mesh).map((node, i): Load => {
    const name = `${round}:${i}:`;
    const writes = new Writes(node.address, { prefix: `write:${name}`, pipelined: PIPELINED, waitFor: 0 });
    return { node, counter: `counter:${name}`, writes, persisted: 0, persistedCount: 0 };
  });
  await wait(WRITING_MS);
  await Promise.all(loads.map(persist));
  await Promise.all(loads.map((load) => ask(load.node, 'INCR', load.counter)));
  await wait(WRITING_MS * Math.random());
  await Promise.all(mesh.nodes.map((node) => node.kill()));
  await Promise.all(loads.map(({ writes }) => writes.ended));
  await Promise.all(mesh.nodes.map((node) => node.start()));
  await mesh.complete();
  await flowing(mesh);
  return readBack(context, mesh, loads);
}

/** Notes the acknowledged writes, then saves a snapshot, which contains them. */
async function persist(load: Load): Promise<void> {
  load.persistedCount = Number(await ask(load.node, 'INCRBY', load.counter, '10'));
  load.persisted = load.writes.acknowledged.length;
  await snapshot(load.node);
}

async function readBack(context: ExperimentContext, mesh: Mesh, loads: readonly Load[]): Promise<Round> {
  const missing = new Set<string>();
  const rolledBack: string[] = [];
  let notPersisted = 0;
  for (const { writes, persisted, counter, persistedCount } of loads) {
    for (const node of mesh.nodes) {
      for (const key of await missingOn(node, writes.keys(0, persisted))) missing.add(key);
      const count = Number(await ask(node, 'GET', counter));
      if (!(count >= persistedCount))
        rolledBack.push(`${counter} is ${count} on ${node.address}, was ${persistedCount} in a snapshot`);
    }
    const [first] = mesh.nodes;
    if (first) notPersisted += (await missingOn(first, writes.keys(persisted))).length;
  }
  return {
    acknowledged: loads.reduce((sum, { writes }) => sum + writes.acknowledged.length, 0),
    persisted: loads.reduce((sum, { persisted }) => sum + persisted, 0),
    missing: [...missing],
    rolledBack,
    divergent: (await divergent(mesh, '*', context.signal)).keys,
    notPersisted,
  };
}
