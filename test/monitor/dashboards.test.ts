import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { execa } from 'execa';
import { parse } from 'yaml';
import { root } from '../../toolkit/root.ts';
import { type DashboardFile, dashboards, documentedMetrics, metricsIn, recordsIn, rules } from './files.ts';

const SCHEMA = join(root, 'test/monitor/dashboard-schema.ts');
/** Units of Grafana. It shows an unknown unit as text. */
const UNITS = ['short', 's', 'bytes', 'Bps', 'ops', 'wps', 'percentunit'];
const COLUMNS = 24;

const provisioning = (name: string) =>
  parse(readFileSync(join(root, 'monitor/grafana/provisioning', name), 'utf8'));

/** Returns the errors of the compiler in dashboards, as literals of the type in dashboard-schema.ts. */
async function schemaErrors(t: TestContext, texts: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dashboards-'));
  t.after(() => rm(folder, { recursive: true }));
  const files = texts.map((text, i) => ({ name: `dashboard-${i}.ts`, text }));
  for (const { name, text } of files) {
    const literal = `import type { Dashboard } from '${SCHEMA}';\nexport const dashboard: Dashboard = ${text};\n`;
    await writeFile(join(folder, name), literal);
  }
  const compilerOptions = {
    noEmit: true,
    incremental: false,
    rootDir: '/',
    types: [],
    verbatimModuleSyntax: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
  };
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    files: files.map(({ name }) => name),
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await execa(process.execPath, [compiler, '-p', folder], { reject: false });
  return stdout;
}

describe('the dashboards', () => {
  test("follow the schema of Grafana's package", async (t) => {
    assert.equal(
      await schemaErrors(
        t,
        dashboards.map(({ text }) => text),
      ),
      '',
    );
  });

  test('cannot contain an unknown property or value', async (t) => {
    const [{ text } = { text: '' }] = dashboards;
    const errors = await schemaErrors(t, [
      text.replace('"graphTooltip": 1', '"graphTooltip": 9'),
      text.replace('"gridPos"', '"gridPosition"'),
      text.replace('"showValue": "never"', '"showValue": "sometimes"'),
    ]);
    for (const n of [0, 1, 2]) assert.match(errors, new RegExp(`dashboard-${n}.ts.* error TS`));
  });

  test('have different uids and titles', () => {
    for (const key of ['uid', 'title'] as const)
      assert.equal(new Set(dashboards.map(({ json }) => json[key])).size, dashboards.length);
  });

  for (const { name, json } of dashboards)
    test(`${name}: ids, places, units, and queries are valid`, () => check(json));
});

function check({ panels, templating }: DashboardFile['json']): void {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, 'panel ids are not unique');
  const cells = panels.flatMap(({ title, gridPos: { x, y, w, h } }) => {
    assert.ok(x >= 0 && x + w <= COLUMNS, `${title} is outside of the grid`);
    return Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`);
  });
  assert.equal(new Set(cells).size, cells.length, 'panels overlap');
  const variables = templating.list.map((variable) => variable.name);
  for (const { title, datasource, fieldConfig, targets } of panels) {
    const { datasources } = provisioning('datasources/prometheus.yaml');
    assert.deepEqual(
      [datasource.uid],
      datasources.map(({ uid }: { uid: string }) => uid),
      title,
    );
    assert.ok(
      UNITS.includes(fieldConfig.defaults.unit),
      `${title} has the unit ${fieldConfig.defaults.unit}`,
    );
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const { expr } of targets) checkExpression(expr, variables);
  }
}

function checkExpression(expr: string, variables: string[]): void {
  const documented = documentedMetrics();
  for (const name of metricsIn(expr)) assert.ok(documented.has(name), `${name} is not documented`);
  const recorded = rules.map(({ record }) => record);
  for (const name of recordsIn(expr)) assert.ok(recorded.includes(name), `there is no rule ${name}`);
  for (const [, name = ''] of expr.matchAll(/\$(\w+)/g)) assert.ok(variables.includes(name), `$${name}`);
}

describe('Grafana', () => {
  test('does not save changes of the data source and the dashboards', () => {
    for (const { editable } of provisioning('datasources/prometheus.yaml').datasources)
      assert.equal(editable, false);
    for (const { allowUiUpdates } of provisioning('dashboards/mesh.yaml').providers)
      assert.equal(allowUiUpdates, false);
  });

  test('finds the files in its container, for viewers only, on 127.0.0.1 only', () => {
    const compose = parse(readFileSync(join(root, 'docker-compose.yaml'), 'utf8'), { merge: true });
    const { environment, ports, volumes } = compose.services.grafana;
    const [provider] = provisioning('dashboards/mesh.yaml').providers;
    assert.ok(volumes.includes(`./monitor/grafana/dashboards:${provider.options.path}:ro`));
    assert.equal(
      environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH,
      `${provider.options.path}/overview.json`,
    );
    assert.equal(environment.GF_AUTH_ANONYMOUS_ORG_ROLE, 'Viewer');
    for (const port of [...ports, ...compose.services.prometheus.ports]) assert.match(port, /^127\.0\.0\.1:/);
  });
});
