/** Renders runs of the benchmark and, below them, of the fault lab: npm run report -- <folder>… */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Part, renderPage } from '../../toolkit/report/page.ts';
import { benchPart, loadRun } from '../bench/index.ts';
import { faultsPart, loadFaults } from '../faults/index.ts';

const { args, opts } = (() => {
  const command = new Command('npm run report --')
    .description(
      'Renders runs of npm run bench (data.json) and npm run faults (faults.json) side by side on one page.',
    )
    .argument('<folder...>', 'folders created by npm run bench or npm run faults')
    .option('--out <file>', 'the page', 'results/report.html')
    .parse();
  return { args: command.args, opts: command.opts<{ out: string }>() };
})();

try {
  await writeFile(opts.out, await renderPage('Report', await parts(args)));
  process.stderr.write(`Report: ${opts.out}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

/** Returns the content of the folders. @throws Error with the reason if a folder is invalid. */
async function parts(folders: readonly string[]): Promise<Part[]> {
  const having = (file: string) => folders.filter((folder) => existsSync(join(folder, file)));
  const [bench, faults] = [having('data.json'), having('faults.json')];
  const neither = folders.find((folder) => !bench.includes(folder) && !faults.includes(folder));
  if (neither !== undefined)
    throw new Error(
      `${neither} has no data.json and no faults.json: expected a folder created by npm run bench or npm run faults`,
    );
  return [
    ...(bench.length > 0 ? [benchPart(await Promise.all(bench.map(loadRun)))] : []),
    ...(faults.length > 0 ? [faultsPart(await Promise.all(faults.map(loadFaults)))] : []),
  ];
}
