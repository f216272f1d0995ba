/** Renders runs of the fault lab as a page. */
import {
  escapeHtml,
  headHtml,
  type Part,
  renderPage,
  skippedHtml,
  tableHtml,
} from '../../../toolkit/report/page.ts';
import { clock } from '../checks/timeline.ts';
import type { History } from '../history.ts';
import type { FaultResult, FaultRun } from '../results.ts';
import { GUARANTEES, type Verdict } from '../verdict.ts';
import { alertTable, environmentOf, figureTable, guaranteesOf, verdictTable } from './tables.ts';
import { type Timeline, timelineOf } from './timeline.ts';

/** Limits the page's length; faults.json contains all incidents. */
const MAX_INCIDENTS = 300;

/** Returns the page of one run. */
export function renderFaultsHtml(run: FaultRun): Promise<string> {
  return renderPage(`Fault lab of ${run.startedAt.slice(0, 16)}`, [faultsPart([run])]);
}

/** Returns the fault lab's part of a page, with the runs one below the other. */
export function faultsPart(runs: readonly FaultRun[]): Part {
  const timelines: Timeline[] = [];
  const html = runs.map((run) => runHtml(run, timelines)).join('\n');
  return {
    html,
    data: { timelines },
    scripts: ['lab/faults/report/canvas.js', 'lab/faults/report/timeline.js'],
  };
}

function runHtml(run: FaultRun, timelines: Timeline[]): string {
  const faults = run.results.filter(({ history }) => history);
  return `<div class="faults">
<header><h1>Fault tolerance</h1>${headHtml(run, '', ` · ${environmentOf(run).join(' · ')}`)}</header>
${guaranteesHtml(run)}${skippedHtml(run.notDone)}
${faults.map((result) => faultHtml(result, timelines)).join('\n')}
${alertsHtml(run)}${figuresHtml(run)}</div>`;
}

function guaranteesHtml(run: FaultRun): string {
  const guarantees = guaranteesOf(run);
  if (guarantees.length === 0) return '';
  const terms = guarantees.map((name) => `<dt>${name}</dt><dd>${escapeHtml(GUARANTEES[name])}</dd>`);
  return `<section><h2>Verdicts</h2>${tableHtml(verdictTable(run))}<dl class="note">${terms.join('')}</dl></section>`;
}

function faultHtml({ name, about, verdicts, history, command }: FaultResult, timelines: Timeline[]): string {
  if (!history) return '';
  timelines.push(timelineOf(history));
  return `<section><h2>${escapeHtml(name)}</h2><p>${escapeHtml(about)}</p>
<p class="command"><code>${escapeHtml(command)}</code></p>
<figure data-timeline="${timelines.length - 1}"></figure>
${verdictsHtml(verdicts)}${incidentsHtml(history)}</section>`;
}

/** Renders the verdicts as a list with collapsed evidence. */
function verdictsHtml(verdicts: readonly Verdict[]): string {
  return `<ul class="verdicts">${verdicts
    .map(({ promise, verdict, summary, evidence }) => {
      const lines = evidence.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
      const folded = `<details><summary>evidence (${evidence.length})</summary><ul>${lines}</ul></details>`;
      return `<li><span class="verdict ${verdict}">${verdict}</span> <strong title="${escapeHtml(GUARANTEES[promise])}">${promise}</strong>: ${escapeHtml(summary)}${evidence.length > 0 ? folded : ''}</li>`;
    })
    .join('')}</ul>`;
}

/** Renders the incidents as a collapsed list. */
function incidentsHtml(history: History): string {
  const rows = history.incidents.filter(({ kind }) => kind !== 'write-failed').sort((a, b) => a.at - b.at);
  const lines = rows.slice(0, MAX_INCIDENTS).map(({ at, text }) => {
    return `<li>${clock(history, at)} ${escapeHtml(text)}</li>`;
  });
  if (rows.length > MAX_INCIDENTS)
    lines.push(`<li>… and ${rows.length - MAX_INCIDENTS} more in faults.json</li>`);
  return `<details><summary>incidents (${rows.length})</summary><ul>${lines.join('')}</ul></details>`;
}

function alertsHtml(run: FaultRun): string {
  const checked = run.results.filter(({ alerts }) => alerts);
  if (checked.length === 0) return '';
  const faults = checked.map(
    ({ name, about, command, verdicts }) => `<h3>${escapeHtml(name)}</h3><p>${escapeHtml(about)}</p>
<p class="command"><code>${escapeHtml(command)}</code></p>${verdictsHtml(verdicts)}`,
  );
  return `<section><h2>Alerts</h2>${tableHtml(alertTable(run))}${faults.join('')}</section>`;
}

function figuresHtml(run: FaultRun): string {
  const table = figureTable(run);
  if (table.lines.length === 0) return '';
  const experiments = run.results.filter(({ history, alerts }) => !history && !alerts);
  return `<section><h2>Figures</h2>${tableHtml(table)}${experiments.map(experimentHtml).join('')}</section>`;
}

/** Renders the command and the evidence of an experiment. */
function experimentHtml({ name, about, command, verdicts }: FaultResult): string {
  const lines = verdicts.flatMap(({ evidence }) => evidence).map((line) => `<li>${escapeHtml(line)}</li>`);
  return `<details><summary>${escapeHtml(`${name}: ${about}`)}</summary>
<p><code>${escapeHtml(command)}</code></p><ul>${lines.join('')}</ul></details>`;
}
