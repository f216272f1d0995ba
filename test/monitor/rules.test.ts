import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  alerts,
  DOCUMENTATION,
  documentation,
  documentedMetrics,
  expectations,
  metricsIn,
  noPromtool,
  promtool,
  recordsIn,
  rules,
  ruleTests,
} from './files.ts';

describe('promtool', { skip: noPromtool }, () => {
  for (const config of ['prometheus.yaml', 'local.yaml'])
    test(`accepts ${config}, its recording rules and alerts`, async () => {
      const { exitCode, all } = await promtool('check', 'config', `monitor/prometheus/${config}`);
      assert.equal(exitCode, 0, all);
      assert.match(all, new RegExp(`SUCCESS: ${alerts.length} rules found`));
      assert.match(all, new RegExp(`SUCCESS: ${rules.length} rules found`));
    });

  for (const file of ruleTests)
    test(`finds each expected alert, and no other, in ${file}`, async () => {
      const { exitCode, all } = await promtool('test', 'rules', file);
      assert.equal(exitCode, 0, all);
    });
});

describe('each alert', () => {
  const cases = expectations();
  for (const { alert = '', labels, annotations = {} } of alerts) {
    const severity = labels?.severity;
    const about = cases.filter(({ expr }) => expr.includes(`alertname="${alert}"`));
    const firing = about
      .flatMap(({ samples }) => samples)
      .filter((sample) => sample.includes(`severity="${severity}"`));

    test(`${alert} (${severity}) has a case in which it fires, and one in which it does not`, () => {
      assert.ok(severity === 'warning' || severity === 'critical', severity);
      assert.ok(firing.length > 0, 'no case in which it fires');
      assert.ok(about.some(({ samples }) => !samples.some((sample) => firing.includes(sample))));
    });

    test(`${alert} (${severity}) has a section in the documentation, and a link to it`, () => {
      assert.equal(annotations.runbook, `${DOCUMENTATION}#${alert.toLowerCase()}`);
      assert.match(documentation, new RegExp(`^### ${alert}$`, 'm'));
    });

    test(`${alert} (${severity}) has texts with labels that it has`, () => {
      const { summary = '', description = '' } = annotations;
      assert.ok(summary && description, 'no summary or description');
      for (const [, label] of `${summary}${description}`.matchAll(/\$labels\.(\w+)/g))
        assert.ok(
          firing.some((sample) => sample.includes(`${label}="`)),
          `no case has the label ${label}`,
        );
    });
  }

  test('has a section only if it exists', () => {
    const sections = documentation.slice(documentation.indexOf('\n## Alerts')).matchAll(/^### (\w+)$/gm);
    const names = new Set(alerts.map(({ alert }) => alert));
    assert.deepEqual(new Set([...sections].map(([, name]) => name)), names);
  });
});

test('the documentation lists each metric that a rule or alert uses', () => {
  const documented = documentedMetrics();
  const used = [...rules, ...alerts].flatMap(({ expr }) => metricsIn(expr));
  assert.deepEqual(
    used.filter((name) => !documented.has(name)),
    [],
  );
  assert.ok(used.includes('keydb_up') && used.includes('mesh_canary_seconds'), 'finds no metrics');
});

test('alerts use only recording rules that exist', () => {
  const recorded = rules.map(({ record }) => record);
  assert.deepEqual(
    alerts.flatMap(({ expr }) => recordsIn(expr)).filter((name) => !recorded.includes(name)),
    [],
  );
});
