/** The benchmark: measures, summarizes, checks the guarantees, renders. */
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { exitWhenWritten } from '../../common/exit.ts';
import { describeMachine } from '../../toolkit/machine.ts';
import { prepareCredentials } from './host/credentials.ts';
import { readOptions } from './options.ts';
import { renderHtml } from './render/html.ts';
import { renderText } from './render/terminal.ts';
import { saveRun } from './run-data.ts';
import { runExperiments } from './run-experiments.ts';
import { exitCodeOf, judgeBars } from './summary/bars.ts';
import { summarise } from './summary/summarise.ts';

const options = readOptions();
prepareCredentials(options.nodes === undefined);
const startedAt = new Date();
const machine = await describeMachine();
// npm forwards Ctrl-C, so it arrives twice. The listener stays, so that the second one does not end the process.
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve());
});

try {
  const { samples, notDone } = await runExperiments(options, interrupted);
  const rows = summarise(samples);
  const bars = judgeBars(samples);
  const folder = resolve(options.out, startedAt.toISOString().slice(0, 19).replaceAll(':', '-'));
  const run = await saveRun(folder, {
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
      ' ',
    ),
    machine,
    scale: options.scale,
    ...(options.nodes && { givenNodes: options.nodes.join(',') }),
    notDone,
    bars,
    rows,
    samples,
  });
  const report = join(folder, 'report.html');
  await writeFile(report, await renderHtml([run]));
  process.stdout.write(
    options.json ? `${JSON.stringify({ machine, rows, bars, notDone })}\n` : renderText(run),
  );
  process.stderr.write(`\nReport: ${relative(process.cwd(), report)}\n`);
  await exitWhenWritten(notDone.length > 0 && exitCodeOf(bars) === 0 ? 2 : exitCodeOf(bars));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  await exitWhenWritten(2);
}
