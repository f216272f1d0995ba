/** Renders runs of the soak as a page. */
import { type Chart, chartHtml } from '../../../toolkit/report/chart.ts';
import { escapeHtml, headHtml, type Part, renderPage, tableHtml } from '../../../toolkit/report/page.ts';
import { CHECKS } from '../checks.ts';
import { type SoakRun, secondsOf } from '../record.ts';
import { chartsOf } from './charts.ts';
import { counterTable, processTable, verdictTable } from './tables.ts';

const ID = 'soak-charts';

/** Returns the page of one run. */
export function renderSoakHtml(run: SoakRun): Promise<string> {
  return renderPage(`Soak of ${run.startedAt.slice(0, 16)}`, [soakPart([run])]);
}

/** Returns the soak's part of a page, with the runs one below the other. */
export function soakPart(runs: readonly SoakRun[]): Part {
  const groups: Chart[][] = [];
  const html = runs.map((run) => runHtml(run, groups)).join('\n');
  return { html, data: { [ID]: groups }, scripts: ['toolkit/report/charts.js'] };
}

function runHtml(run: SoakRun, groups: Chart[][]): string {
  const figures = chartsOf(run).map((chart) => chartHtml(ID, groups.push([chart]) - 1));
  const terms = Object.entries(CHECKS).map(([name, text]) => `<dt>${name}</dt><dd>${escapeHtml(text)}</dd>`);
  const facts = [
    run.engine,
    run.layout,
    `${run.writesPerSecond} writes/s`,
    `a kill every ${run.killSeconds} s`,
  ];
  return `<div style="--runs: 1">
<header><h1>Hours of writes and kills</h1>${headHtml({ ...run, seconds: secondsOf(run) }, '', ` · ${facts.join(' · ')}`)}</header>
<section><h2>Verdicts</h2>${tableHtml(verdictTable(run))}<dl class="note">${terms.join('')}</dl></section>
<section><h2>Over time</h2><p>Each vertical line is the kill of a node.</p><div class="charts">${figures.join('')}</div></section>
<section><h2>Figures</h2>${tableHtml(processTable(run))}${tableHtml(counterTable(run))}${incidentsHtml(run)}</section>
</div>`;
}

/** Renders the incidents as a collapsed list. */
function incidentsHtml({ incidents }: SoakRun): string {
  const lines = incidents.map(({ at, text }) => `<li>${at.toFixed(1)} s ${escapeHtml(text)}</li>`);
  return `<details><summary>incidents (${lines.length})</summary><ul>${lines.join('')}</ul></details>`;
}
