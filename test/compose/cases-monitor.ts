/** Starts the monitor in addition to a running stack, and checks what it serves in the network of the containers. */
import assert from 'node:assert/strict';
import { SERVICES } from '../../common/services.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Sample, Scrape } from '../helpers/scrape.ts';
import { pairsOf } from '../monitor/running-monitor.ts';
import { LiveClient } from '../page/live-client.ts';
import type { Case } from './cases-brought-up.ts';
import { NODES, type Stack } from './stack.ts';

const READ_METRICS = `fetch('http://127.0.0.1:9464/metrics').then((r) => r.text()).then((text) => process.stdout.write(text))`;
const NAMES = NODES.map((name) => `${name}:6379`);

export const MONITORED: Record<string, Case> = {
  'without a profile, the stack has only the nodes and the services': async (stack) => {
    const running = (await stack.compose('ps', '--services')).split('\n');
    assert.deepEqual(running.sort(), [...NODES, ...SERVICES].sort());
  },

  'the monitor is healthy, and shows the nodes, links, and canaries of the mesh': async (stack) => {
    await stack.compose('--profile', 'page', 'up', '--wait', '--detach');
    assert.equal((await stack.inspect('monitor')).State.Health?.Status, 'healthy');
    await eventually(async () => {
      const samples = await metricsOf(stack);
      assert.deepEqual(
        valuesOf(samples, 'keydb_up', 'node'),
        NAMES.map((name) => `${name} 1`),
      );
      const pairs = pairsOf(NAMES)
        .map((pair) => pair.join(' '))
        .sort();
      assert.deepEqual(
        valuesOf(samples, 'keydb_link_up', 'node', 'peer').sort(),
        pairs.map((pair) => `${pair} 1`),
      );
      assert.deepEqual(
        samples
          .filter(({ name }) => name === 'mesh_canary_seconds_count')
          .map(({ labels: { from, to } }) => `${from} ${to}`)
          .sort(),
        pairs,
      );
      assert.equal(samples.filter(({ name }) => name === 'keydb_replica_unacked_bytes').length, pairs.length);
      assert.equal(samples.filter(({ name }) => name === 'mesh_node_seq').length, NAMES.length);
    });
    assert.doesNotMatch(await stack.logs('monitor'), /peer-unknown|which is no node/);
  },

  'the live page is published for this machine only, and shows all nodes and services': async (stack) => {
    const ports = Object.values((await stack.inspect('monitor')).HostConfig.PortBindings).flat();
    assert.deepEqual(ports, [{ HostIp: '127.0.0.1', HostPort: `${stack.pagePort}` }]);
    assert.match(await (await fetch(`http://127.0.0.1:${stack.pagePort}/`)).text(), /<html/);
    const page = await LiveClient.connect(stack.pagePort);
    try {
      await page.shows(({ mesh: { nodes, services }, writes }) => {
        assert.deepEqual(
          nodes.map(({ name, status, interval }) => [name, status, interval]),
          NAMES.map((name) => [name, 'up', null]),
        );
        assert.deepEqual(
          services.map(({ name, status }) => [name, status]),
          SERVICES.map((name) => [name, 'up']),
        );
        assert.ok(writes.some(({ visible }) => Object.keys(visible).length === NAMES.length));
      });
      // Containers have no channel to npm start.
      assert.deepEqual(Object.keys(page.page.controls), ['interval']);
    } finally {
      page.close();
    }
  },

  'the page sets the interval': async (stack) => {
    const set = (seconds: number | null) =>
      fetch(`http://127.0.0.1:${stack.pagePort}/actions/interval`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ node: NAMES[1], seconds }),
      });
    assert.equal((await set(2)).status, 204);
    await eventually(async () => assert.match(await stack.logs('writer'), /writer writes every 2 seconds/));
    assert.equal((await set(null)).status, 204);
  },

  'the monitor stops with 0': async (stack) => {
    await stack.with({ COMPOSE_PROFILES: 'monitoring' }).compose('stop', 'monitor');
    assert.equal((await stack.inspect('monitor')).State.ExitCode, 0);
    assert.match(await stack.logs('monitor'), /monitor stopped/);
  },
};

async function metricsOf(stack: Stack): Promise<readonly Sample[]> {
  return new Scrape(await stack.exec('monitor', 'node', '-e', READ_METRICS)).samples;
}

function valuesOf(samples: readonly Sample[], name: string, ...labels: string[]): string[] {
  return samples
    .filter((sample) => sample.name === name)
    .map((sample) => [...labels.map((label) => sample.labels[label]), sample.value].join(' '));
}
