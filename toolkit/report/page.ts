/** Renders a self-contained page: it needs no network and no other file. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Machine, machineLine } from '../machine.ts';
import { root } from '../root.ts';
import { duration } from './figures.ts';
import type { Table } from './table.ts';

/** Content of one tool. */
export interface Part {
  html: string;
  /** Data for its script, by the element id that the script uses. */
  data: Record<string, unknown>;
  /** Scripts that draw it with uPlot: files of this project, in order. Several parts may use one. */
  scripts: string[];
}

/** Facts about a run of any tool. */
export interface Run {
  startedAt: string;
  seconds: number;
  command: string;
  machine: Machine;
}

/** @returns the page. @param parts in order from top to bottom. */
export async function renderPage(title: string, parts: readonly Part[]): Promise<string> {
  const scripts = new Set(['toolkit/report/draw.js', ...parts.flatMap((part) => part.scripts)]);
  const [library, libraryStyle, style, ...sources] = await Promise.all([
    readFile(join(uplotFolder(), 'uPlot.iife.min.js'), 'utf8'),
    readFile(join(uplotFolder(), 'uPlot.min.css'), 'utf8'),
    readFile(join(root, 'toolkit/report/page.css'), 'utf8'),
    ...Array.from(scripts, (file) => readFile(join(root, file), 'utf8')),
  ]);
  const data = parts.flatMap((part) => Object.entries(part.data));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${libraryStyle}${style}</style>
<main>
${parts.map(({ html }) => html).join('\n')}
</main>
${data.map(([id, value]) => `<script id="${id}" type="application/json">${json(value)}</script>`).join('\n')}
<script>${library}</script>
${sources.map((source) => `<script type="module">${source}</script>`).join('\n')}
</html>
`;
}

/** The library’s built files, wherever it is installed. */
function uplotFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('uplot'));
}

/** Escapes `</script>`, which would end a script element even inside a string. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Returns the date, command, and machine of a run. */
export function headHtml({ startedAt, seconds, command, machine }: Run, prefix = '', suffix = ''): string {
  return `<div class="run"><p><strong>${escapeHtml(`${prefix}${startedAt.slice(0, 16).replace('T', ' ')}`)} UTC</strong>, ${duration(seconds)}</p>
<p><code>${escapeHtml(command)}</code></p><p>${escapeHtml(machineLine(machine))}</p>
<p>${escapeHtml(`commit ${machine.commit}${suffix}`)}</p></div>`;
}

export function tableHtml({ caption, header, wordColumns, lines }: Table): string {
  const cell = (text: string, i: number, tag: string) =>
    `<${tag}${i >= wordColumns ? ' class="figure"' : ''}>${mark(text)}</${tag}>`;
  const row = (cells: string[], tag: string) =>
    `<tr>${cells.map((text, i) => cell(text, i, tag)).join('')}</tr>`;
  return `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption><thead>${row(header, 'th')}</thead>
<tbody>${lines.map((line) => row(line, 'td')).join('')}</tbody></table></div>`;
}

/** Highlights verdicts. */
function mark(text: string): string {
  const kind = /^(met|not met|inconclusive|not measured|noisy|unstable|holds|broken|unknown)\b/.exec(
    text,
  )?.[1];
  return kind
    ? `<span class="verdict ${kind.replace(' ', '-')}">${escapeHtml(text)}</span>`
    : escapeHtml(text);
}

/** Returns the skipped and failed steps, with the reasons. */
export function skippedHtml(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<h3>Skipped or failed</h3><ul class="note">${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
