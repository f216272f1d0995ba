/** Checks suspects on real nodes, with writes at exactly known reads. */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import type { Redis } from 'ioredis';
import { Pair, type Suspect } from '../../lab/verifier/compare/pair.ts';
import { checkSuspects } from '../../lab/verifier/compare/rounds.ts';
import { resultOf } from '../../lab/verifier/report/result.ts';
import { prepareRun, type VerifyOptions } from '../../lab/verifier/run.ts';
import { parseAddresses } from '../../toolkit/node/address.ts';
import type { Connection } from '../../toolkit/node/connection.ts';
import { closeNodes, type OpenNodes, openNodes } from '../../toolkit/node/nodes.ts';
import { Progress } from '../../toolkit/progress.ts';
import { connect, engine } from '../helpers/nodes.ts';
import { addressesOf, startSeparate } from '../helpers/verifier.ts';

export const ROUNDS = 3;
export const DBS = { source: 0, replica: 0 };
/** The counts of a pair without findings. */
export const NONE = { missing: 0, extra: 0, type: 0, value: 0, ttl: 0 };
export const OPTIONS: VerifyOptions = {
  ttlToleranceMs: 1_000,
  rounds: ROUNDS,
  settleMs: 0,
  waitMs: 1_000,
  timeoutMs: 10_000,
  batch: 1_000,
  throttle: Number.POSITIVE_INFINITY,
  maxFindings: 10,
  values: false,
};

/** Redis 7 rejects DEBUG by default, which returns the digests. KeyDB has no such setting. */
const DIGESTS: Record<string, string> = engine.multiMaster ? {} : { 'enable-debug-command': 'local' };

const cleanups: (() => unknown)[] = [];
const scope = { after: (cleanup: () => unknown) => cleanups.push(cleanup) };
export let nodes: OpenNodes;
export let source: Redis;
export let replica: Redis;

before(async () => {
  const started = await startSeparate(scope as never, 2, DIGESTS);
  [source, replica] = (await Promise.all(
    started.map((node) => connect(scope as never, node.options.port)),
  )) as [Redis, Redis];
  const signal = new AbortController().signal;
  nodes = await openNodes(parseAddresses(addressesOf(started), {}), { timeoutMs: 10_000, signal });
  cleanups.push(() => closeNodes(nodes.all));
});
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});
beforeEach(() => Promise.all([source.flushall(), replica.flushall()]));

export interface Case {
  options?: Partial<VerifyOptions>;
  /** Called before each read of the suspects, with its number, from 1. */
  onRead?: (read: number) => Promise<unknown>;
  /** Called before the verifier reads the value of a string to describe how it differs. */
  onDescribe?: () => Promise<unknown>;
  suspects?: { key: string; seenOn?: Suspect['seenOn']; common?: boolean }[];
  progress?: Progress;
  signal?: AbortSignal;
}

/** Checks the key `k`, or other suspects. @returns the pair, and the number of keys in each read of each node. */
export async function check({ options, onRead, onDescribe, suspects = [{ key: 'k' }], ...rest }: Case) {
  const { progress = new Progress(undefined), signal = new AbortController().signal } = rest;
  const [other] = nodes.replicas;
  assert.ok(other);
  const connection = onDescribe ? waitingBefore('STRLEN', other.connection, onDescribe) : other.connection;
  const pair = new Pair(nodes.source, { ...other, connection });
  pair.replication = { down: ['of an earlier wait'], behind: [] };
  for (const { key, seenOn = 'source', common = true } of suspects)
    pair.suspect(Buffer.from(key), seenOn, common);
  const run = prepareRun(nodes, 'digests', { ...OPTIONS, ...options }, progress, signal);
  const reads: number[] = [];
  const replicaReads: number[] = [];
  run.pace = async (node, keys) => {
    if (node !== nodes.source) return void replicaReads.push(keys);
    reads.push(keys);
    await onRead?.(reads.length);
  };
  await checkSuspects(run, pair, DBS);
  assert.deepEqual(replicaReads, reads);
  assert.equal(pair.suspects, 0);
  return { pair, reads, result: resultOf(pair, 0) };
}

/** Returns a connection that waits for a callback before it sends a command. */
function waitingBefore(command: string, connection: Connection, wait: () => Promise<unknown>): Connection {
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'call')
        return async (words: string[]) => {
          if (words[0] === command) await wait();
          return target.call(words);
        };
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Sets a key to one value on the source and to another on the replica. */
export function set(ofSource: string, ofReplica: string, key = 'k') {
  return Promise.all([source.set(key, ofSource), replica.set(key, ofReplica)]);
}
