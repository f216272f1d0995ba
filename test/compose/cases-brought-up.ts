/** What holds once the stack is up: what the containers may do, what is published, what lies under the keys. */
import assert from 'node:assert/strict';
import { SETTINGS } from '../../common/settings.ts';
import { eventually } from '../helpers/eventually.ts';
import { assertStepsLogged } from './log-lines.ts';
import { assertAgreed, handshakeKey, onEachNode } from './mesh-state.ts';
import { NODES, SERVICES, type Stack } from './stack.ts';

export type Case = (stack: Stack) => Promise<void>;

export const BROUGHT_UP: Record<string, Case> = {
  'every setting can be given, and none can lead the services to other nodes': async (stack) => {
    const given = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, `given-${name}`]));
    const { services } = JSON.parse(await stack.with(given).compose('config', '--format', 'json'));
    for (const service of SERVICES) {
      assert.deepEqual(services[service].environment, {
        ...given,
        KEYDB_NODES: 'keydb_01:6379,keydb_02:6379,keydb_03:6379',
        HOME_NODE: '',
        KEYDB_USERNAME: '',
        KEYDB_PASSWORD_FILE: '',
        KEYDB_TLS: 'false',
        KEYDB_TLS_CA: '',
        SERVICE_NAME: service,
      });
    }
  },

  'only the nodes are published, and only on this machine': async (stack) => {
    const { services } = JSON.parse(
      await stack.with({ PORT_PREFIX: '' }).compose('config', '--format', 'json'),
    );
    for (const [i, node] of NODES.entries()) {
      const ports = services[node].ports.map((port: Record<string, string>) => [
        port.host_ip,
        port.published,
        port.target,
      ]);
      assert.deepEqual(ports, [['127.0.0.1', `700${i + 1}`, 6379]]);
    }
    for (const name of [...NODES, ...SERVICES]) {
      const bindings = Object.values((await stack.inspect(name)).HostConfig.PortBindings).flat();
      assert.deepEqual(
        bindings.map(({ HostIp }) => HostIp),
        name.startsWith('keydb') ? ['127.0.0.1'] : [],
        name,
      );
    }
  },

  'the nodes run under batch scheduling': async (stack) => {
    for (const node of NODES) assert.match(await stack.exec(node, 'chrt', '-p', '1'), /SCHED_BATCH/, node);
  },

  'all nodes hold the last write and both handshakes for it': async (stack) => {
    // Again until it holds: a machine that is busy with the checks themselves may be late.
    await eventually(async () => {
      const { timestamp } = await assertAgreed(stack);
      const seconds = Date.now() / 1000;
      assert.ok(Math.abs(seconds - timestamp) < 3, `written at ${timestamp}, now it is ${seconds}`);
    });
  },

  'logs each step in one line': assertStepsLogged,

  'the writer counts on after a restart': async (stack) => {
    const { seq } = await assertAgreed(stack);
    await stack.compose('restart', 'writer');
    await assertAgreed(stack, { afterSeq: seq });
    // Again until it holds: Docker writes the log some time after the writer.
    await eventually(async () => {
      const sinceRestart = (await stack.logs('writer')).split('Starting writer')[2] ?? '';
      const [, first] = /writer set shared_key: Writer seq (\d+)/.exec(sinceRestart) ?? [];
      assert.ok(Number(first) > seq, `after ${seq} came ${first}`);
    });
  },

  'a foreign write is observed and handshaken': async (stack) => {
    await stack.compose('stop', 'writer');
    const timestamp = Math.floor(Date.now() / 1000);
    const node = stack.connect('keydb_02');
    await node.set('shared_key', `Python01 timestamp ${timestamp}`).finally(() => node.disconnect());
    for (const observer of ['sync-observer', 'async-observer']) {
      const handshake = new RegExp(`^Handshake from ${observer} for Python01 micros \\d+ timestamp \\d+$`);
      await eventually(() =>
        onEachNode(stack, async (client) =>
          assert.match((await client.get(handshakeKey(observer))) ?? '', handshake),
        ),
      );
    }
    await stack.compose('start', 'writer');
    await assertAgreed(stack);
  },

  'each of several observers of a kind shakes hands under its own name': async (stack) => {
    const scaled = stack.with({ SYNC_OBSERVER_NAME: 'sync-observer-{hostname}' });
    await scaled.compose('up', '--wait', '--detach', '--scale', 'sync-observer=3');
    const node = stack.connect('keydb_01');
    await eventually(async () =>
      assert.equal((await node.keys('handshake_key:sync-observer-*')).length, 3),
    ).finally(() => node.disconnect());
    await stack.compose('up', '--wait', '--detach');
  },
};
