/** Tests the dashboards, the list of metrics, and its example queries on a real Prometheus, which scrapes a mesh with services and monitor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import type { Endpoints } from '../../lab/faults/alerts/prometheus.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { dashboards, documentedMetrics, metricsIn } from './files.ts';
import { noPrometheus, startPrometheus } from './running-prometheus.ts';
import { metricsOf, type ServedMetric } from './served-metrics.ts';

const PROCESSES = [...SERVICES, 'monitor'] as const;

test('a mesh with all services, the monitor, and Prometheus', {
  skip: needsMultiMaster || noPrometheus,
}, async (t) => {
  const mesh = await startMesh(t, 3);
  const ports = await freePorts(PROCESSES.length);
  const endpoints = Object.fromEntries(
    PROCESSES.map((name, i) => [name, `127.0.0.1:${ports[i]}`]),
  ) as Endpoints;
  const env = { KEYDB_NODES: mesh.addresses, WRITE_INTERVAL_MS: '100' };
  for (const name of PROCESSES) new RunningService(t, name, { ...env, METRICS_PORT: endpoints[name] });
  const valuesOf = await startPrometheus(t, endpoints);

  const hasData = (expression: string) =>
    eventually(async () => {
      const values = await valuesOf(expression.replaceAll(/\$\w+/g, '.+'));
      assert.ok(values.length > 0, `${expression} has no data`);
      assert.ok(values.every(Number.isFinite), `${expression} gives ${values}`);
    });

  for (const { name, json } of dashboards)
    for (const { title, targets } of json.panels)
      await t.test(`has data for "${title}" in ${name}`, async () => {
        for (const { expr } of targets) await hasData(expr);
      });

  for (const [name, { example }] of documentedMetrics())
    await t.test(`has data for the example query of ${name}`, async () => {
      assert.ok(metricsIn(example).includes(name), example);
      // Only a node that is not up has this metric.
      if (name === 'keydb_down') assert.deepEqual(await valuesOf(example), []);
      else await hasData(example);
    });

  await t.test(
    'serves the metrics of the documentation, with their types and labels, and no others',
    async () => {
      const served = new Map<string, ServedMetric>();
      for (const port of ports) for (const metric of await metricsOf(port)) served.set(metric.name, metric);
      const documented = documentedMetrics();
      assert.deepEqual([...served.keys()].sort(), [...documented.keys()].sort());
      for (const { name, type, labels } of served.values()) {
        assert.equal(type, documented.get(name)?.type, name);
        if (labels) assert.deepEqual(labels, documented.get(name)?.labels, name);
      }
    },
  );
});
