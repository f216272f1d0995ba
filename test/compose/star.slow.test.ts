/** The star in containers: handshakes from read-only replicas reach the writer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { assertNoWarnings, assertStepsLogged } from './log-lines.ts';
import { ask, assertAgreed } from './mesh-state.ts';
import { needsDocker, Stack } from './stack.ts';

const skip = await needsDocker();

const CASES: Record<string, (stack: Stack) => Promise<unknown>> = {
  'all nodes hold the last write and both handshakes for it': assertAgreed,
  'logs each step in one line': assertStepsLogged,
  'the logs are free of warnings': assertNoWarnings,

  'the observers read on the replicas, and send their handshakes to keydb_01': async (stack) => {
    for (const [observer, node] of [
      ['sync-observer', 'keydb_02'],
      ['async-observer', 'keydb_03'],
    ] as const) {
      await eventually(async () => {
        const log = await stack.logs(observer);
        assert.match(log, new RegExp(`${observer} connected to ${node}:6379`));
        assert.match(log, new RegExp(`${observer} sends its handshakes to keydb_01:6379`));
      });
    }
  },

  'the replicas reject writes': async (stack) => {
    for (const node of ['keydb_02', 'keydb_03'] as const)
      await assert.rejects(ask(stack, node, {}, 'SET', 'handshake_key', 'lost'), /READONLY/);
  },

  'keydb_01 is killed: the handshakes for the last write arrive after its restart': async (stack) => {
    const { seq } = await assertAgreed(stack);
    await stack.compose('kill', 'keydb_01');
    await stack.compose('up', '--wait', '--detach');
    await assertAgreed(stack, { afterSeq: seq });
  },
};

test('the Compose star', { skip }, async (t) => {
  const stack = await Stack.prepare(
    { WRITE_INTERVAL_MS: '1000' },
    { files: ['docker-compose.yaml', 'docker-compose.star.yaml'], access: () => ({}) },
  );
  await stack.up(t);
  for (const [name, play] of Object.entries(CASES)) await t.test(name, () => play(stack).then(() => {}));
});
