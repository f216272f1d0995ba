/** Starts the monitor and Prometheus in addition to a running stack. */
import assert from 'node:assert/strict';
import { SERVICES } from '../../common/services.ts';
import { eventually } from '../helpers/eventually.ts';
import type { Case } from './cases-brought-up.ts';
import type { Stack } from './stack.ts';

export const SCRAPED: Record<string, Case> = {
  'Prometheus scrapes all services and the monitor, and evaluates the rules': async (stack) => {
    await stack.compose('--profile', 'monitoring', 'up', '--detach', 'monitor', 'prometheus');
    // Before Prometheus listens, Docker closes each connection at once. In Node 20, fetch then never ends.
    await eventually(async () => assert.match(await stack.logs('prometheus'), /Server is ready/));
    await eventually(async () => {
      const up = await ask<{ result: Sample[] }>(stack, 'query?query=up');
      assert.deepEqual(
        up.result.map(({ metric, value }) => `${metric.service} ${value[1]}`).sort(),
        [...SERVICES, 'monitor'].map((name) => `${name} 1`).sort(),
      );
      const { groups } = await ask<{ groups: { rules: { name: string; health: string }[] }[] }>(
        stack,
        'rules',
      );
      const rules = groups.flatMap((group) => group.rules);
      assert.ok(rules.some(({ name }) => name === 'NodeDown'));
      assert.deepEqual(
        rules.filter(({ health }) => health !== 'ok'),
        [],
      );
    });
  },

  'Prometheus has no privilege, and can write only its data': async (stack) => {
    const { Config, HostConfig } = await stack.inspect('prometheus');
    assert.equal(Config.User, 'nobody');
    assert.equal(HostConfig.ReadonlyRootfs, true);
    assert.deepEqual(HostConfig.CapDrop, ['ALL']);
    assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true']);
    assert.ok(HostConfig.Memory > 0 && HostConfig.PidsLimit > 0);
    const ports = Object.values(HostConfig.PortBindings).flat();
    assert.deepEqual(
      ports.map(({ HostIp }) => HostIp),
      ['127.0.0.1'],
    );
  },

  'Prometheus stops with 0': async (stack) => {
    await stack.with({ COMPOSE_PROFILES: 'monitoring' }).compose('stop', 'prometheus', 'monitor');
    assert.equal((await stack.inspect('prometheus')).State.ExitCode, 0);
  },
};

interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

async function ask<T>(stack: Stack, path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${stack.prometheusPort}/api/v1/${path}`);
  return ((await response.json()) as { data: T }).data;
}
