/** Starts the gateway of the TABLE commands in addition to a running stack. */
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { eventually } from '../helpers/eventually.ts';
import type { Case } from './cases-brought-up.ts';
import { onEachNode } from './mesh-state.ts';
import { NODES } from './stack.ts';

export const WITH_TABLES: Record<string, Case> = {
  'the gateway is healthy, is published for this machine only, and its rows reach all nodes': async (
    stack,
  ) => {
    await stack.compose('--profile', 'table', 'up', '--wait', '--detach');
    const { State, HostConfig } = await stack.inspect('table');
    assert.equal(State.Health?.Status, 'healthy');
    assert.deepEqual(Object.values(HostConfig.PortBindings).flat(), [
      { HostIp: '127.0.0.1', HostPort: `${stack.gatewayPort}` },
    ]);
    const client = new Redis({ port: stack.gatewayPort, lazyConnect: true, ...stack.access });
    try {
      await client.connect();
      await client.call('TABLE.NAMESPACE.CREATE', 'compose');
      await client.call('TABLE.SCHEMA.CREATE', 'compose.t', 'a:string:hash');
      assert.equal(await client.call('TABLE.INSERT', 'compose.t', 'a=x'), '1');
      assert.deepEqual(await client.call('TABLE.SELECT', 'compose.t', 'WHERE', 'a=x'), [['a', 'x']]);
    } finally {
      client.disconnect();
    }
    await eventually(async () =>
      assert.deepEqual(
        await onEachNode(stack, (node) => node.hget('{compose.t}:1', 'a')),
        NODES.map(() => 'x'),
      ),
    );
  },

  'the gateway stops with 0': async (stack) => {
    await stack.with({ COMPOSE_PROFILES: 'table' }).compose('stop', 'table');
    assert.equal((await stack.inspect('table')).State.ExitCode, 0);
    assert.match(await stack.logs('table'), /table stopped/);
  },
};
