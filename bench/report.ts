/** Draws several runs side by side: npm run report -- <folder>… */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { renderHtml } from './render/html.ts';
import { loadRun } from './run-data.ts';

const { args, opts } = (() => {
  const command = new Command('npm run report --')
    .description('Draws one or several runs of npm run bench as one page, side by side.')
    .argument('<folder...>', 'folders that npm run bench has made')
    .option('--out <file>', 'the page', 'results/report.html')
    .parse();
  return { args: command.args, opts: command.opts<{ out: string }>() };
})();

try {
  await writeFile(opts.out, await renderHtml(await Promise.all(args.map(loadRun))));
  process.stderr.write(`Report: ${opts.out}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
