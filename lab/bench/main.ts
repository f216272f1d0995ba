/** The benchmark: measures, summarizes, checks the guarantees, renders. */
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { describeMachine } from '../../toolkit/machine.ts';
import { commandLine, fileTime } from '../../toolkit/options.ts';
import { EXIT, print, runTool } from '../../toolkit/run-tool.ts';
import { prepareCredentials } from './host/credentials.ts';
import { readOptions } from './options.ts';
import { renderHtml } from './render/html.ts';
import { renderText } from './render/terminal.ts';
import { saveRun } from './run-data.ts';
import { runExperiments } from './run-experiments.ts';
import { checkGuarantees, exitCodeOf } from './summary/guarantees.ts';
import { summarize } from './summary/summarize.ts';

await runTool(async (tool) => {
  const options = readOptions();
  prepareCredentials(options.nodes === undefined);
  const startedAt = new Date();
  const machine = await describeMachine();
  const { samples, skipped } = await runExperiments(options, tool);
  const rows = summarize(samples);
  const checks = checkGuarantees(samples);
  const summary = { machine, rows, bars: checks, notDone: skipped };
  const folder = resolve(options.out, fileTime(startedAt));
  const run = await saveRun(folder, {
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    command: commandLine('npm run bench'),
    scale: options.scale,
    ...(options.nodes && { givenNodes: options.nodes.join(',') }),
    ...summary,
    samples,
  });
  const report = join(folder, 'report.html');
  await writeFile(report, await renderHtml([run]));
  print(options.json ? `${JSON.stringify(summary)}\n` : renderText(run));
  tool.progress.say(`\nReport: ${relative(process.cwd(), report)}`);
  const code = exitCodeOf(checks);
  return skipped.length > 0 && code === EXIT.holds ? EXIT.unknown : code;
});
