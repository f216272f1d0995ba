/**
 * Counts acknowledged writes that are lost when their node is killed during writes. Counts on the other nodes once
 * their links to it are down, and on all nodes after it has restarted from its last snapshot.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Mesh } from '../../../operate/local/index.ts';
import { number, spread, spreadOf } from '../../../toolkit/report/figures.ts';
import type { Experiment, ExperimentContext } from '../results.ts';
import { until } from '../until.ts';
import type { Verdict } from '../verdict.ts';
import { confirmed, empty, snapshot, untilInfo } from './links.ts';
import { missingOnAll } from './missing.ts';
import { NODES, scaled, withNodes } from './with-nodes.ts';
import { Writes } from './writes.ts';

interface Setting {
  waitFor: number;
  pipelined: number;
  /** Whether writing starts as soon as INFO reports the links as up after an earlier restart. */
  justReturned?: boolean;
}

interface Loss {
  tried: number;
  acknowledged: number;
  /** Number of acknowledged keys on none of the other nodes. */
  atOnce: number;
  /** Number of acknowledged keys on no node, after the killed node has restarted. */
  afterReturn: number;
}

const SETTINGS: Setting[] = [
  ...[0, 1, 2].flatMap((waitFor) => [1, 200].map((pipelined) => ({ waitFor, pipelined }))),
  { waitFor: 0, pipelined: 1, justReturned: true },
];
const ROUNDS = 3;
/** Duration of writes before and after the snapshot. The second part is longer by a random time, so that kills vary. */
const WRITING_MS = 150;
/** Maximum time until the first write is acknowledged. */
const CONFIRMED_MS = 10_000;

export const acknowledged: Experiment = {
  name: 'acknowledged',
  about: 'Kills (-9) a node during writes, and counts lost acknowledged writes, by WAIT_REPLICAS.',
  seconds: 60,
  needsMesh: false,
  run: (context) => withNodes(context, {}, (mesh) => lossesOf(context, mesh)),
};

async function lossesOf(context: ExperimentContext, mesh: Mesh): Promise<Verdict[]> {
  const losses = new Map<Setting, Loss[]>(SETTINGS.map((setting) => [setting, []]));
  for (let round = 0; round < scaled(context, ROUNDS); round += 1) {
    for (const [setting, found] of losses) {
      context.say(`round ${round + 1}: ${words(setting)}`);
      found.push(await killOnce(mesh, setting, `${round}:${words(setting)}:`, context.signal));
    }
  }
  return [...losses].map(([setting, found]) => verdictOf(setting, found));
}

async function killOnce(mesh: Mesh, setting: Setting, prefix: string, signal: AbortSignal): Promise<Loss> {
  const [node, ...others] = mesh.nodes;
  if (!node) throw new Error('the mesh has no node');
  await empty(mesh);
  if (!setting.justReturned) await confirmed(mesh, node);
  const writes = new Writes(node.address, { ...setting, prefix });
  await wait(WRITING_MS);
  await snapshot(node);
  await wait(WRITING_MS * (1 + Math.random()));
  // On a busy machine, WAIT for two nodes may not have confirmed any write yet.
  await until(() => writes.acknowledged.length > 0, CONFIRMED_MS, signal);
  await node.kill();
  await writes.ended;
  await Promise.all(others.map((other) => noticed(other, node.options.port)));
  const keys = writes.keys();
  const atOnce = (await missingOnAll(others, keys)).length;
  await node.start();
  await mesh.complete();
  const afterReturn = (await missingOnAll(mesh.nodes, keys)).length;
  return { tried: writes.tried, acknowledged: keys.length, atOnce, afterReturn };
}

/** Waits until a node reports the loss of its link. By then it has read all data that the killed node had sent. */
async function noticed(node: Mesh['nodes'][number], lost: number): Promise<void> {
  await untilInfo(node, 'replication', `loss of its link to port ${lost}`, ({ masters }) =>
    masters.some(({ port, up }) => port === lost && !up),
  );
}

function verdictOf(setting: Setting, losses: readonly Loss[]): Verdict {
  const of = (figure: keyof Loss) => spread(spreadOf(losses.map((loss) => loss[figure])), number);
  return {
    promise: 'acknowledged',
    verdict: 'figure',
    summary: `${words(setting)}: ${of('atOnce')} of ${of('acknowledged')} lost at once, ${of('afterReturn')} after the node has restarted`,
    evidence: losses.map(
      (loss, i) =>
        `round ${i + 1}: acknowledged ${loss.acknowledged} of ${loss.tried}, on no other node ${loss.atOnce}, on none of ${NODES} after its restart ${loss.afterReturn}`,
    ),
  };
}

function words({ waitFor, pipelined, justReturned }: Setting): string {
  const how = pipelined === 1 ? 'one by one' : `pipelined by ${pipelined}`;
  return `WAIT_REPLICAS=${waitFor}, ${how}${justReturned ? ', by a node that has just restarted' : ''}`;
}
