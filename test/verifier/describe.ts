/** Describes the differences of the key `k`, which has two values on two real nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Redis } from 'ioredis';
import { describeDifferences } from '../../lab/verifier/compare/describe.ts';
import { nodes, replica, source } from './check.ts';

/** Commands without the key. */
export type Commands = (string | Buffer)[][];
type Shown = [at: string, source: string | null, replica: string | null];

export function sides() {
  const [other] = nodes.replicas;
  assert.ok(other);
  return { source: nodes.source.connection, replica: other.connection };
}

export const describe = (type: string) => describeDifferences(sides(), type, Buffer.from('k'));

export async function plant(node: Redis, commands: Commands) {
  for (const [word = '', ...args] of commands) await node.call(word.toString(), ['k', ...args]);
}

/** Creates a test for each row: the commands for both nodes, and the expected differences. */
export function check(
  type: string,
  cases: [name: string, source: Commands, replica: Commands, shown: Shown[]][],
) {
  for (const [name, ofSource, ofReplica, shown] of cases) {
    test(`${type}: ${name}`, async () => {
      await Promise.all([plant(source, ofSource), plant(replica, ofReplica)]);
      const found = await describe(type);
      if (shown.length === 0) return assert.equal(found, undefined);
      assert.deepEqual(
        found?.shown.map((one): Shown => [one.at, one.source, one.replica]),
        shown,
      );
      assert.equal(found?.more, 0);
    });
  }
}
