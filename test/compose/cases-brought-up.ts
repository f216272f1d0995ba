/** Checks a running stack: settings, published ports, scheduling, log lines, and the values of the keys. */
import assert from 'node:assert/strict';
import { OBSERVERS, SERVICES } from '../../common/services.ts';
import { SETTINGS } from '../../common/setting-table.ts';
import { eventually } from '../helpers/eventually.ts';
import { assertStepsLogged } from './log-lines.ts';
import { assertAgreed, handshakeKey, onEachNode } from './mesh-state.ts';
import { NODES, type Stack } from './stack.ts';

export type Case = (stack: Stack) => Promise<void>;

export const BROUGHT_UP: Record<string, Case> = {
  'passes every setting to the services, except those that select other nodes': async (stack) => {
    const given = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, `given-${name}`]));
    const { services } = JSON.parse(await stack.with(given).compose('config', '--format', 'json'));
    for (const service of SERVICES) {
      assert.deepEqual(services[service].environment, {
        ...given,
        KEYDB_NODES: 'keydb_01:6379,keydb_02:6379,keydb_03:6379',
        HOME_NODE: '',
        WRITE_NODES: '',
        KEYDB_USERNAME: '',
        KEYDB_PASSWORD_FILE: '',
        KEYDB_TLS: 'false',
        KEYDB_TLS_CA: '',
        METRICS_PORT: '0.0.0.0:9464',
        TABLE_PORT: '0.0.0.0:7010',
        TABLE_ACL_FILE: '',
        TABLE_TLS_CERT: '',
        TABLE_TLS_KEY: '',
        TABLE_TLS_CA: '',
        // Settings of the monitor, which .env may contain for the nodes of another setup.
        SERVICE_ADDRESSES: '',
        OPERATOR_USERNAME: '',
        OPERATOR_PASSWORD_FILE: '',
        SERVICE_NAME: service,
      });
    }
  },

  'publishes only the ports of the nodes, and only on the loopback interface': async (stack) => {
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

  'serves the metrics of each service in the network of the containers': async (stack) => {
    for (const [i, service] of SERVICES.entries()) {
      const print = `fetch('http://${service}:9464/metrics').then(async (r) => console.log(r.status, await r.text()))`;
      const answer = await stack.exec('writer', 'node', '-e', print);
      assert.match(answer, /^200 /);
      const connected = `mesh_connected{node="${NODES[i]}:6379",service="${service}"} 1`;
      assert.ok(answer.includes(`\n${connected}\n`), `${connected}\nis not in\n${answer}`);
    }
  },

  'runs the nodes with batch scheduling': async (stack) => {
    for (const node of NODES) assert.match(await stack.exec(node, 'chrt', '-p', '1'), /SCHED_BATCH/, node);
  },

  'all nodes have the last write and both handshakes for it': async (stack) => {
    // Repeated, because the checks themselves keep the machine busy and may delay a write.
    await eventually(async () => {
      const { timestamp } = await assertAgreed(stack);
      const seconds = Date.now() / 1000;
      assert.ok(Math.abs(seconds - timestamp) < 3, `written at ${timestamp}, checked at ${seconds}`);
    });
  },

  'logs each step in one line': assertStepsLogged,

  'a restarted writer continues its sequence numbers': async (stack) => {
    const { seq } = await assertAgreed(stack);
    await stack.compose('restart', 'writer');
    await assertAgreed(stack, { afterSeq: seq });
    // Repeated, because Docker's log is later than the writer's output.
    await eventually(async () => {
      const sinceRestart = (await stack.logs('writer')).split('Starting writer')[2] ?? '';
      const [, first] = /writer set shared_key: Writer seq (\d+)/.exec(sinceRestart) ?? [];
      assert.ok(Number(first) > seq, `seq ${first} is not above ${seq}`);
    });
  },

  'both observers send a handshake for the write of another client': async (stack) => {
    await stack.compose('stop', 'writer');
    const timestamp = Math.floor(Date.now() / 1000);
    const node = stack.connect('keydb_02');
    await node.set('shared_key', `Python01 timestamp ${timestamp}`).finally(() => node.disconnect());
    for (const observer of OBSERVERS) {
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

  'several observers of the same kind send handshakes under different names': async (stack) => {
    const scaled = stack.with({ SYNC_OBSERVER_NAME: 'sync-observer-{hostname}' });
    await scaled.compose('up', '--wait', '--detach', '--scale', 'sync-observer=3');
    const node = stack.connect('keydb_01');
    await eventually(async () =>
      assert.equal((await node.keys('handshake_key:sync-observer-*')).length, 3),
    ).finally(() => node.disconnect());
    await stack.compose('up', '--wait', '--detach');
  },
};
