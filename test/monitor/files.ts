/** Reads the files of Prometheus and Grafana, and the metrics in the documentation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { root } from '../../toolkit/root.ts';
import type { Dashboard } from './dashboard-schema.ts';

const FOLDER = 'monitor/prometheus';
const DASHBOARDS = 'monitor/grafana/dashboards';
export const DOCUMENTATION = 'docs/monitoring.md';

export interface Rule {
  /** Name of an alert; absent in a recording rule. */
  alert?: string;
  /** Name of a recording rule. */
  record?: string;
  expr: string;
  labels?: { severity?: string };
  annotations?: Record<string, string>;
}

/** One expectation of a promtool test. */
export interface Expectation {
  expr: string;
  samples: string[];
}

export interface DashboardFile {
  name: string;
  text: string;
  /** Valid if the text follows the schema. */
  json: Dashboard;
}

export interface DocumentedMetric {
  type: string;
  /** Sorted names, without `service`. */
  labels: string[];
  /** An example query. */
  example: string;
}

export const documentation = readFileSync(join(root, DOCUMENTATION), 'utf8');
export const rules = rulesOf('rules.yaml');
export const alerts = rulesOf('alerts.yaml');
export const ruleTests = readdirSync(join(root, FOLDER, 'tests')).map((name) => `${FOLDER}/tests/${name}`);

export const dashboards: DashboardFile[] = readdirSync(join(root, DASHBOARDS)).map((name) => {
  const text = readFileSync(join(root, DASHBOARDS, name), 'utf8');
  return { name, text, json: JSON.parse(text) };
});

/** Value for a test's `skip` option: the reason why promtool is not available, or `false`. */
export const noPromtool = await execa('promtool', ['--version']).then(
  () => false as const,
  () => 'needs promtool, which is part of the package prometheus',
);

/** Runs promtool in the root of the project. */
export async function promtool(...args: string[]) {
  return await execa('promtool', args, { cwd: root, reject: false, all: true });
}

export function expectations(): Expectation[] {
  return ruleTests.flatMap((file) =>
    parse(readFileSync(join(root, file), 'utf8'), { merge: true }).tests.flatMap(
      ({ promql_expr_test: cases }: { promql_expr_test: PromtoolCase[] }) =>
        cases.map(({ expr, exp_samples }) => ({
          expr,
          samples: (exp_samples ?? []).map(({ labels }) => labels),
        })),
    ),
  );
}

/** Returns the metrics in the tables of the documentation. */
export function documentedMetrics(): Map<string, DocumentedMetric> {
  const rows = documentation.matchAll(
    /^\| `(\w+)` \| (counter|gauge|histogram) \|(.*?)\|.*\| `([^`]+)` \|$/gm,
  );
  return new Map(
    [...rows].map(([, name = '', type = '', cell = '', example = '']) => {
      const labels = [...cell.matchAll(/`(\w+)`/g)].map(([, label = '']) => label);
      return [name, { type, labels: labels.sort(), example }];
    }),
  );
}

/** Returns the metrics of the project in an expression, without suffixes of histograms and results of recording rules. */
export function metricsIn(expr: string): string[] {
  const names = expr.matchAll(/(?<![:\w])(?:mesh|keydb|process)_\w+(?!:)\b/g);
  return [...new Set([...names].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')))];
}

/** Returns the results of recording rules in an expression. */
export function recordsIn(expr: string): string[] {
  return [...expr.matchAll(/\w+:\w+:\w+/g)].map(([name]) => name);
}

interface PromtoolCase {
  expr: string;
  exp_samples?: { labels: string }[];
}

function rulesOf(name: string): Rule[] {
  const file = parse(readFileSync(join(root, FOLDER, name), 'utf8'));
  return file.groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
}
