/**
 * Compares forwarding (KeyDB's default) with `multi-master-no-forward yes`: throughput, traffic, and failures, with the
 * backlog of keydb.conf and with one that is far too small.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Mesh, NodeProcess } from '../../../operate/local/index.ts';
import { parseInfo } from '../../../toolkit/node/info.ts';
import { number } from '../../../toolkit/report/figures.ts';
import type { Experiment, ExperimentContext } from '../results.ts';
import type { Verdict } from '../verdict.ts';
import { ask, flowing, interrupt } from './links.ts';
import { missingOn } from './missing.ts';
import { cutOneLink, type OneLinkCut } from './one-link.ts';
import { scaled, withNodes } from './with-nodes.ts';
import { Writes } from './writes.ts';

interface Variant {
  name: string;
  extra: Readonly<Record<string, string>>;
}

interface Outcome {
  writesPerSecond: number;
  /** Bytes that the nodes received from clients and each other, per write. */
  bytesPerWrite: number;
  oneLink: OneLinkCut;
  /** Nodes that did not reply, ignored SIGTERM, or did not re-establish their links. */
  hung: string[];
  /** Number of writes acknowledged by nodes that were not killed, but missing on a node at the end. */
  missing: number;
}

const VARIANTS: Variant[] = [
  { name: 'forwarding, backlog 64 MB', extra: {} },
  { name: 'no forwarding, backlog 64 MB', extra: { 'multi-master-no-forward': 'yes' } },
  {
    name: 'no forwarding, backlog 16 KB',
    extra: { 'multi-master-no-forward': 'yes', 'repl-backlog-size': '16kb' },
  },
];
const ONE_LINK_KEYS = 1_000;
const PIPELINED = 200;
const LOAD_MS = 1_000;
/** Number of times that replication connections are closed under load, before a node is killed. */
const INTERRUPTIONS = 3;
const PAUSE_MS = 200;
/** Timeout after which a node counts as hung: long enough for a node that is busy with a resynchronization. */
const HUNG_MS = 5_000;

export const noForward: Experiment = {
  name: 'no-forward',
  about: 'Compares nodes with and without forwarding: cut links and a kill under load.',
  seconds: 60,
  needsMesh: true,
  async run(context) {
    const verdicts: Verdict[] = [];
    for (const variant of VARIANTS) {
      context.say(variant.name);
      const outcome = await withNodes(context, variant.extra, (mesh) => measure(context, mesh));
      verdicts.push(verdictOf(variant, outcome));
    }
    return verdicts;
  },
};

async function measure(context: ExperimentContext, mesh: Mesh): Promise<Outcome> {
  await flowing(mesh);
  const oneLink = await cutOneLink(mesh, scaled(context, ONE_LINK_KEYS));
  const before = await received(mesh);
  const loads = mesh.nodes.map(
    (node, i) => new Writes(node.address, { prefix: `load:${i}:`, pipelined: PIPELINED, waitFor: 0 }),
  );
  await wait(scaled(context, LOAD_MS));
  const written = loads.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  const bytes = (await received(mesh)) - before;
  const hung = await breakLinks(mesh);
  const stopped = await within(Promise.all(loads.map((load) => load.stop())));
  if (stopped && hung.length === 0) hung.push(...(await silent(mesh)));
  const missing = await missingInTheEnd(mesh, loads.slice(0, -1), hung);
  hung.push(...(await unstoppable(mesh)));
  return {
    writesPerSecond: (written * 1_000) / scaled(context, LOAD_MS),
    bytesPerWrite: bytes / written,
    oneLink,
    hung,
    missing,
  };
}

/** Interrupts links, then kills and restarts the last node. @returns the hung nodes. */
async function breakLinks(mesh: Mesh): Promise<string[]> {
  const last = mesh.nodes.at(-1);
  for (let i = 0; i < INTERRUPTIONS; i += 1) {
    const node = mesh.nodes[i % mesh.nodes.length];
    if (node && !(await within(interrupt(node)))) return [`${node.address} does not answer`];
    await wait(PAUSE_MS);
  }
  await last?.kill();
  await wait(PAUSE_MS);
  await last?.start();
  return silent(mesh);
}

/** Returns the number of missing writes, or NaN if nodes hang. @param hung receives an error if links stay down. */
async function missingInTheEnd(mesh: Mesh, loads: readonly Writes[], hung: string[]): Promise<number> {
  if (hung.length > 0) return Number.NaN;
  try {
    await mesh.complete();
    await flowing(mesh);
  } catch (error) {
    hung.push((error as Error).message);
    return Number.NaN;
  }
  const missing = new Set<string>();
  for (const node of mesh.nodes) {
    for (const load of loads) for (const key of await missingOn(node, load.keys())) missing.add(key);
  }
  return missing.size;
}

async function silent(mesh: Mesh): Promise<string[]> {
  const answers = await Promise.all(mesh.nodes.map((node) => within(ask(node, 'PING'))));
  return mesh.nodes.filter((_, i) => !answers[i]).map(({ address }) => `${address} does not answer`);
}

/** Sends SIGTERM to all nodes. @returns the nodes that ignore it. */
async function unstoppable(mesh: Mesh): Promise<string[]> {
  const ended = await Promise.all(mesh.nodes.map((node) => within(terminated(node))));
  return mesh.nodes.filter((_, i) => !ended[i]).map(({ address }) => `${address} ignores SIGTERM`);
}

async function terminated(node: NodeProcess): Promise<void> {
  node.signal('SIGTERM');
  await node.exited();
}

async function received(mesh: Mesh): Promise<number> {
  const infos = await Promise.all(mesh.nodes.map((node) => ask(node, 'INFO', 'stats')));
  return infos.reduce((sum, info) => sum + parseInfo(info).receivedBytes, 0);
}

/** Returns whether a promise settles in time. */
async function within(work: Promise<unknown>): Promise<boolean> {
  const late = new AbortController();
  const timeout = wait(HUNG_MS, false, { signal: late.signal }).catch(() => false);
  const inTime = await Promise.race([work.then(() => true), timeout]);
  late.abort();
  return inTime;
}

function verdictOf(
  { name }: Variant,
  { writesPerSecond, bytesPerWrite, oneLink, hung, missing }: Outcome,
): Verdict {
  const links = `${oneLink.missing} of ${oneLink.written} writes do not bypass one cut link, ${oneLink.missingAfterwards} are missing after it is re-established`;
  return {
    promise: 'liveness',
    verdict: 'figure',
    summary: `${name}: ${hung.length} nodes hung; ${links}; ${number(writesPerSecond)} writes/s, ${number(bytesPerWrite)} bytes received per write`,
    evidence: [
      ...hung,
      Number.isNaN(missing)
        ? 'missing writes: not counted, because nodes hung'
        : `acknowledged by nodes that were not killed, but missing on a node at the end: ${missing}`,
    ],
  };
}
