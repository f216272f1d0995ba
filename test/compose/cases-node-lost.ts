/** A node is isolated or crashes: services fail over, the other nodes stay healthy, and the node rejoins the mesh. */
import assert from 'node:assert/strict';
import { parseInfo } from '../../toolkit/node/info.ts';
import { eventually } from '../helpers/eventually.ts';
import type { Case } from './cases-brought-up.ts';
import { assertAgreed, onEachNode } from './mesh-state.ts';
import { NODES, type Stack } from './stack.ts';

/** Generous limit: Docker runs the health check every five seconds, and the machine may be busy. */
const DEADLINE_MS = 60_000;
const HEALTH_CHECK = ['sh', '/etc/keydb/healthcheck.sh'];

export const NODE_LOST: Record<string, Case> = {
  'replication can be cut while clients stay connected': async (stack) => {
    const { seq } = await assertAgreed(stack);
    await stack.cutOff('keydb_02');
    await eventually(
      () =>
        onEachNode(
          stack,
          async (node) => {
            const { masters } = parseInfo(await node.info('replication'));
            assert.deepEqual([masters.length, masters.filter(({ up }) => up)], [2, []]);
          },
          ['keydb_02'],
        ),
      DEADLINE_MS,
    );
    await assertAgreed(stack, { afterSeq: seq, nodes: ['keydb_01'], observers: ['async-observer'] });
    await stack.joinAgain('keydb_02');
    const { seq: now } = await assertAgreed(stack, { nodes: ['keydb_01'], observers: ['async-observer'] });
    await assertAgreed(stack, { afterSeq: now });
    assert.doesNotMatch(await stack.logs('sync-observer'), / lost keydb_/);
  },

  'services fail over to another node and continue the handshakes': async (stack) => {
    const { seq } = await assertAgreed(stack);
    await stack.compose('kill', '--signal', 'KILL', 'keydb_02');
    await assertAgreed(stack, { afterSeq: seq, nodes: ['keydb_01', 'keydb_03'] });
    assert.match(await stack.logs('sync-observer'), /sync-observer lost keydb_02:6379/);
  },

  'a node that was healthy stays healthy without links while it answers': async (stack) => {
    const lostAt = Date.now();
    await eventually(async () => {
      const { Health } = (await stack.inspect('keydb_01')).State;
      const since = Health?.Log.filter(({ Start }) => Date.parse(Start) > lostAt) ?? [];
      assert.ok(since.length > 0, 'no health check has run since the node was lost');
      assert.deepEqual([Health?.Status, since.at(-1)?.ExitCode], ['healthy', 0]);
    }, DEADLINE_MS);
  },

  'a restarted node is unhealthy until its links are up': async (stack) => {
    await stack.compose('restart', 'keydb_03');
    await eventually(() =>
      assert.rejects(stack.exec('keydb_03', ...HEALTH_CHECK), /linked to [01] of 2 masters/),
    );
    const { Health } = (await stack.inspect('keydb_03')).State;
    assert.equal(Health?.Status, 'starting');
  },

  'a restarted node rejoins the mesh and receives the writes it missed': async (stack) => {
    const { seq } = await assertAgreed(stack, { nodes: ['keydb_01', 'keydb_03'] });
    await stack.compose('start', 'keydb_02');
    await assertHealthy(stack);
    await assertAgreed(stack, { afterSeq: seq });
  },

  'restarts a crashed node': async (stack) => {
    const { seq } = await assertAgreed(stack);
    const node = stack.connect('keydb_01');
    await node.debug('SEGFAULT').catch(() => {});
    node.disconnect();
    await eventually(
      async () => assert.equal((await stack.inspect('keydb_01')).RestartCount, 1),
      DEADLINE_MS,
    );
    await assertHealthy(stack);
    await assertAgreed(stack, { afterSeq: seq });
  },
};

async function assertHealthy(stack: Stack): Promise<void> {
  for (const node of NODES) {
    await eventually(async () => {
      assert.equal((await stack.inspect(node)).State.Health?.Status, 'healthy', node);
    }, DEADLINE_MS);
  }
}
