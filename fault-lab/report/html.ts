/** Runs of the fault lab as a page. */
import {
  escapeHtml,
  headHtml,
  notDoneHtml,
  type Part,
  renderPage,
  tableHtml,
} from '../../bench/render/page.ts';
import type { FaultResult, FaultRun } from '../results.ts';
import { PROMISES, type Verdict } from '../verdict.ts';
import { figureTable, verdictCounts } from './tables.ts';
import { type Timeline, timelineOf } from './timeline.ts';

/** @returns the page of one run. */
export function renderFaultsHtml(run: FaultRun): Promise<string> {
  return renderPage(`Fault lab of ${run.startedAt.slice(0, 16)}`, [faultsPart([run])]);
}

/** The fault lab's part of a page. @param runs one below the other. */
export function faultsPart(runs: readonly FaultRun[]): Part {
  const timelines: Timeline[] = [];
  const html = runs.map((run) => runHtml(run, timelines)).join('\n');
  return { html, data: { timelines }, script: 'fault-lab/report/timeline.js' };
}

function runHtml(run: FaultRun, timelines: Timeline[]): string {
  const faults = run.results.filter(({ history }) => history);
  return `<div class="faults">
<header><h1>What breaks, and what is kept</h1>${headHtml(run, '', ` · ${run.engine} · links cut by ${run.network}`)}</header>
<section><h2>Verdicts</h2>${tableHtml(verdictCounts(run))}${notDoneHtml(run.notDone)}</section>
${faults.map((result) => faultHtml(result, timelines)).join('\n')}
${figuresHtml(run)}</div>`;
}

function faultHtml({ name, about, verdicts, history, command }: FaultResult, timelines: Timeline[]): string {
  if (!history) return '';
  timelines.push(timelineOf(history));
  return `<section><h2>${escapeHtml(name)}</h2><p>${escapeHtml(about)}</p>
<p class="command"><code>${escapeHtml(command)}</code></p>
<figure data-timeline="${timelines.length - 1}"></figure>
${verdictsHtml(verdicts)}</section>`;
}

/** One verdict below the other, each with what shows it folded away. */
function verdictsHtml(verdicts: readonly Verdict[]): string {
  return `<ul class="verdicts">${verdicts
    .map(({ promise, verdict, summary, evidence }) => {
      const lines = evidence.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
      const folded = `<details><summary>evidence (${evidence.length})</summary><ul>${lines}</ul></details>`;
      return `<li><span class="verdict ${verdict}">${verdict}</span> <strong title="${escapeHtml(PROMISES[promise])}">${promise}</strong>: ${escapeHtml(summary)}${evidence.length > 0 ? folded : ''}</li>`;
    })
    .join('')}</ul>`;
}

function figuresHtml(run: FaultRun): string {
  const table = figureTable(run);
  if (table.lines.length === 0) return '';
  return `<section><h2>Figures</h2>${tableHtml(table)}</section>`;
}
