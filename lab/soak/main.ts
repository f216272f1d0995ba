/** Command line of the soak run: hours of writes and kills, and a report on what grew. */
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SERVICES } from '../../common/services.ts';
import { provideEngine } from '../../toolkit/engine.ts';
import { describeMachine } from '../../toolkit/machine.ts';
import { commandLine } from '../../toolkit/options.ts';
import type { Progress } from '../../toolkit/progress.ts';
import { EXIT, interrupted, print, runTool } from '../../toolkit/run-tool.ts';
import { markProcesses, removeLeftovers } from '../faults/index.ts';
import { checkRun } from './checks.ts';
import { readOptions } from './options.ts';
import { loadSoak, RunRecord } from './record.ts';
import { renderSoakHtml } from './report/html.ts';
import { renderSoak } from './report/terminal.ts';
import { soak } from './run.ts';
import { NODE_NAMES, WRITE_INTERVAL_MS } from './system.ts';

await runTool(async (tool) => {
  const { minutes, killEvery, out, ...options } = readOptions();
  markProcesses();
  await removeLeftovers();
  const engine = await provideEngine(options.engine, (line) => tool.progress.say(line));
  const record = await RunRecord.create(out, {
    startedAt: new Date().toISOString(),
    command: commandLine('npm run soak'),
    machine: await describeMachine(),
    engine: engine.name,
    layout: engine.multiMaster ? 'mesh' : 'star',
    minutes,
    killSeconds: killEvery,
    writesPerSecond: 1000 / WRITE_INTERVAL_MS,
    services: SERVICES,
    nodes: NODE_NAMES,
  });
  tool.progress.say(`Record: ${relative(process.cwd(), record.folder)}`);
  const work = soak({ engine, seconds: minutes * 60, killSeconds: killEvery }, record, tool);
  if (await interrupted(work, tool.signal)) tool.progress.say('interrupted: stopping everything');
  return report(record.folder, options.json, tool.progress);
});

/** Prints the report of the record, and saves it as a page. @returns the exit code. */
async function report(folder: string, json: boolean, progress: Progress): Promise<number> {
  const run = await loadSoak(folder);
  const page = join(folder, 'soak.html');
  await writeFile(page, await renderSoakHtml(run));
  print(json ? `${JSON.stringify({ ...run, verdicts: checkRun(run) })}\n` : renderSoak(run));
  progress.say(`Report: ${relative(process.cwd(), page)}`);
  const verdicts = checkRun(run).map(({ verdict }) => verdict);
  if (verdicts.includes('broken')) return EXIT.finding;
  return verdicts.includes('unknown') ? EXIT.unknown : EXIT.holds;
}
