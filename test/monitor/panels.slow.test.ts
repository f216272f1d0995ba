/** Tests dashboards and documentation on a real Prometheus, which scrapes a mesh with services and monitor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { dashboards, documentedMetrics } from './files.ts';
import { noPrometheus, RunningPrometheus } from './running-prometheus.ts';
import { metricsOf, type ServedMetric } from './served-metrics.ts';

const PROCESSES = [...SERVICES, 'monitor'] as const;

test('a mesh with all services, the monitor, and Prometheus', {
  skip: needsMultiMaster || noPrometheus,
}, async (t) => {
  const mesh = await startMesh(t, 3);
  const free = await freePorts(PROCESSES.length);
  const ports = Object.fromEntries(PROCESSES.map((name, i) => [name, free[i] ?? 0]));
  const env = { KEYDB_NODES: mesh.addresses, WRITE_INTERVAL_MS: '100' };
  for (const name of PROCESSES) new RunningService(t, name, { ...env, METRICS_PORT: `${ports[name]}` });
  const prometheus = await RunningPrometheus.start(t, ports);

  for (const { name, json } of dashboards)
    for (const { title, targets } of json.panels)
      await t.test(`has data for "${title}" in ${name}`, async () => {
        for (const { expr } of targets)
          await eventually(async () => {
            const values = await prometheus.query(expr.replaceAll(/\$\w+/g, '.+'));
            assert.ok(values.length > 0, `${expr} has no data`);
            assert.ok(values.every(Number.isFinite), `${expr} gives ${values}`);
          });
      });

  await t.test(
    'serves the metrics of the documentation, with their types and labels, and no others',
    async () => {
      const served = new Map<string, ServedMetric>();
      for (const port of Object.values(ports))
        for (const metric of await metricsOf(port)) served.set(metric.name, metric);
      const documented = documentedMetrics();
      assert.deepEqual([...served.keys()].sort(), [...documented.keys()].sort());
      for (const { name, type, labels } of served.values()) {
        assert.equal(type, documented.get(name)?.type, name);
        if (labels) assert.deepEqual(labels, documented.get(name)?.labels, name);
      }
    },
  );
});
