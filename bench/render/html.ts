/** Runs as one page that needs nothing else: no network, no other file. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../../local/root.ts';
import type { Experiment } from '../context.ts';
import { EXPERIMENTS } from '../experiments/index.ts';
import { machineLine } from '../machine.ts';
import { duration } from '../progress.ts';
import type { RunData } from '../run-data.ts';
import { type Chart, chartsOf } from './charts.ts';
import { barTable, disturbances, type Table, tablesOf } from './tables.ts';

const CLOCKS = `All clocks here are one machine’s. On several machines the round trip stays what it is, for it begins
and ends at one clock. Write to notification and write to read then contain the difference between two machines’ clocks,
which NTP keeps within a millisecond or so, more than what is measured here: only their change counts, not their value.
The network’s way comes on top of all three, and nodes no longer compete for the same cores.`;

/** @returns the page. @param runs one, or several to be seen side by side. */
export async function renderHtml(runs: readonly RunData[]): Promise<string> {
  const charts: Chart[][] = [];
  const sections = EXPERIMENTS.map((experiment) => section(experiment, runs, charts)).join('');
  const [script, style, library, libraryStyle] = await Promise.all([
    readFile(join(root, 'bench/render/page.js'), 'utf8'),
    readFile(join(root, 'bench/render/page.css'), 'utf8'),
    readFile(join(uplotFolder(), 'uPlot.iife.min.js'), 'utf8'),
    readFile(join(uplotFolder(), 'uPlot.min.css'), 'utf8'),
  ]);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${runs.length > 1 ? 'Benchmark, several runs' : `Benchmark of ${escapeHtml(runs[0]?.startedAt.slice(0, 16) ?? '')}`}</title>
<style>${libraryStyle}${style}</style>
<main style="--runs: ${runs.length}">
<header><h1>From a write to its handshake: what it takes</h1>
<div class="runs">${runs.map((run, i) => head(run, runs.length > 1 ? `Run ${i + 1}: ` : '')).join('')}</div></header>
<section><h2>What the services promise</h2>
<div class="runs">${runs.map((run) => `<div>${table(barTable(run.bars))}${notDone(run)}</div>`).join('')}</div>
<p class="note">${CLOCKS}</p></section>
${sections}
</main>
<script id="charts" type="application/json">${JSON.stringify(charts).replaceAll('<', '\\u003c')}</script>
<script>${library}</script>
<script>${script}</script>
</html>
`;
}

/** The library’s built files, found wherever it is installed. */
function uplotFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('uplot'));
}

function head({ startedAt, seconds, command, machine, givenNodes }: RunData, prefix: string): string {
  return `<div class="run"><p><strong>${prefix}${escapeHtml(startedAt.slice(0, 16).replace('T', ' '))} UTC</strong>, ${duration(seconds)}</p>
<p><code>${escapeHtml(command)}</code></p><p>${escapeHtml(machineLine(machine))}</p>
<p>commit ${escapeHtml(machine.commit)}${givenNodes ? `, nodes ${escapeHtml(givenNodes)}` : ''}</p></div>`;
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
    // The runs of one chart are drawn to one scale.
    charts.push(same.flatMap((chart) => chart ?? []));
    const index = charts.length - 1;
    let place = 0;
    return `<div class="runs">${same
      .map((chart) =>
        chart ? `<figure data-group="${index}" data-chart="${place++}"></figure>` : '<p>not measured</p>',
      )
      .join('')}</div>`;
  });
  return `<section id="${name}"><h2>${escapeHtml(title)}</h2><p>${escapeHtml(about)}</p>
<p class="command"><code>npm run bench -- --only ${name}</code> · ${escapeHtml(having.map(({ machine }) => `${machine.cores} cores, ${machine.processor}`).join(' | '))}</p>
<div class="charts">${places.join('')}</div>
<div class="runs">${runs.map((run) => `<div>${disturbanceList(run, name)}${details(run, name)}</div>`).join('')}</div>
<ul class="note">${caveats.map((caveat) => `<li>${escapeHtml(caveat)}</li>`).join('')}</ul></section>`;
}

function disturbanceList({ rows }: RunData, name: string): string {
  const lines = disturbances(rows.filter(({ experiment }) => experiment === name));
  if (lines.length === 0) return '';
  const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`);
  return `<details class="disturbed"><summary>Disturbed: ${lines.length} of this experiment’s settings have figures that are not clean</summary><ul>${items.join('')}</ul></details>`;
}

function details({ rows }: RunData, name: string): string {
  return tablesOf(name, rows).map(table).join('');
}

function table({ caption, header, wordColumns, lines }: Table): string {
  const cell = (text: string, i: number, tag: string) =>
    `<${tag}${i >= wordColumns ? ' class="figure"' : ''}>${mark(text)}</${tag}>`;
  const row = (cells: string[], tag: string) =>
    `<tr>${cells.map((text, i) => cell(text, i, tag)).join('')}</tr>`;
  return `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption><thead>${row(header, 'th')}</thead>
<tbody>${lines.map((line) => row(line, 'td')).join('')}</tbody></table></div>`;
}

/** Verdicts stand out. */
function mark(text: string): string {
  const kind = /^(met|not met|not judged|disturbed)\b/.exec(text)?.[1];
  return kind
    ? `<span class="verdict ${kind.replace(' ', '-')}">${escapeHtml(text)}</span>`
    : escapeHtml(text);
}

function notDone({ notDone: lines }: RunData): string {
  if (lines.length === 0) return '';
  return `<h3>Not done</h3><ul class="note">${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
