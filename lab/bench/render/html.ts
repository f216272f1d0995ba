/** Renders runs of the benchmark as a page. */

import { type Chart, chartHtml } from '../../../toolkit/report/chart.ts';
import {
  escapeHtml,
  headHtml,
  type Part,
  renderPage,
  skippedHtml,
  tableHtml,
} from '../../../toolkit/report/page.ts';
import type { Experiment } from '../context.ts';
import { EXPERIMENTS } from '../experiments/index.ts';
import type { RunData } from '../run-data.ts';
import { chartsOf } from './charts.ts';
import { guaranteeTable, tablesOf, trustProblems } from './tables.ts';

const CLOCKS = `All clocks are those of one machine. The round trip starts and ends on one clock, so it stays exact on several
machines. On several machines, write to notification and write to read also contain the offset between two clocks. NTP
keeps this offset to about a millisecond, which exceeds the measured values: compare only their changes. Network latency
adds to all three, and nodes no longer compete for the same cores.`;

/** @returns the page. @param runs one run, or several to compare. */
export function renderHtml(runs: readonly RunData[]): Promise<string> {
  const name = runs.length > 1 ? 'several runs' : `of ${runs[0]?.startedAt.slice(0, 16) ?? ''}`;
  return renderPage(`Benchmark ${name}`, [benchPart(runs)]);
}

/** Returns the benchmark's part of a page. */
export function benchPart(runs: readonly RunData[]): Part {
  const charts: Chart[][] = [];
  const sections = EXPERIMENTS.map((experiment) => section(experiment, runs, charts)).join('');
  const html = `<div style="--runs: ${runs.length}">
<header><h1>From a write to its handshake: what it takes</h1>
<div class="runs">${runs.map((run, i) => head(run, runs.length > 1 ? `Run ${i + 1}: ` : '')).join('')}</div></header>
<section><h2>Guarantees of the services</h2>
<div class="runs">${runs.map((run) => `<div>${tableHtml(guaranteeTable(run.bars))}${skippedHtml(run.notDone)}</div>`).join('')}</div>
<p class="note">${CLOCKS}</p></section>
${sections}
</div>`;
  return { html, data: { charts }, scripts: ['toolkit/report/charts.js'] };
}

function head({ givenNodes, ...run }: RunData, prefix: string): string {
  return headHtml(run, prefix, givenNodes ? `, nodes ${givenNodes}` : '');
}

function section(
  { name, title, about, caveats }: Experiment,
  runs: readonly RunData[],
  charts: Chart[][],
): string {
  const having = runs.filter(({ rows }) => rows.some(({ experiment }) => experiment === name));
  if (having.length === 0) return '';
  const drawn = runs.map(({ rows }) => chartsOf(name, rows));
  const places = (drawn.find((list) => list.length > 0) ?? []).map(({ title: wanted }) => {
    const same = drawn.map((list) => list.find((chart) => chart.title === wanted));
    // All runs of one chart share a scale.
    charts.push(same.flatMap((chart) => chart ?? []));
    const index = charts.length - 1;
    let place = 0;
    return `<div class="runs">${same
      .map((chart) => (chart ? chartHtml('charts', index, place++) : '<p>not measured</p>'))
      .join('')}</div>`;
  });
  return `<section id="${name}"><h2>${escapeHtml(title)}</h2><p>${escapeHtml(about)}</p>
<p class="command"><code>npm run bench -- --only ${name}</code> · ${escapeHtml(having.map(({ machine }) => `${machine.cores} cores, ${machine.processor}`).join(' | '))}</p>
<div class="charts">${places.join('')}</div>
<div class="runs">${runs.map((run) => `<div>${trustList(run, name)}${details(run, name)}</div>`).join('')}</div>
<ul class="note">${caveats.map((caveat) => `<li>${escapeHtml(caveat)}</li>`).join('')}</ul></section>`;
}

function trustList({ rows }: RunData, name: string): string {
  const lines = trustProblems(rows.filter(({ experiment }) => experiment === name));
  if (lines.length === 0) return '';
  const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`);
  return `<details class="noisy"><summary>Noisy or unstable figures in ${lines.length} of this experiment’s settings</summary><ul>${items.join('')}</ul></details>`;
}

function details({ rows }: RunData, name: string): string {
  return tablesOf(name, rows).map(tableHtml).join('');
}
