/** Renders runs of the benchmark and, below them, of the fault lab and the soak: npm run report -- <folder>… */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outOption, parse, toolCommand } from '../../toolkit/options.ts';
import { type Part, renderPage } from '../../toolkit/report/page.ts';
import { EXIT, runTool } from '../../toolkit/run-tool.ts';
import { benchPart, loadRun } from '../bench/index.ts';
import { faultsPart, loadFaults } from '../faults/index.ts';
import { loadSoak, FILE as SOAK_FILE, soakPart } from '../soak/index.ts';

await runTool(async ({ progress }) => {
  const command = toolCommand(
    'npm run report',
    'Renders runs of npm run bench (data.json), npm run faults (faults.json), and npm run soak (soak.jsonl) on one page.',
    { 0: 'written', 2: 'not written' },
  )
    .argument('<folder...>', 'folders created by npm run bench, npm run faults, or npm run soak')
    .addOption(outOption('file', 'the page').default('results/report.html'));
  const { out } = parse<{ out: string }>(command);
  await writeFile(out, await renderPage('Report', await parts(command.args)));
  progress.say(`Report: ${out}`);
  return EXIT.holds;
});

/** Returns the content of the folders. @throws Error with the reason if a folder is invalid. */
async function parts(folders: readonly string[]): Promise<Part[]> {
  const having = (file: string) => folders.filter((folder) => existsSync(join(folder, file)));
  const [bench, faults, soak] = [having('data.json'), having('faults.json'), having(SOAK_FILE)];
  const neither = folders.find((folder) => ![...bench, ...faults, ...soak].includes(folder));
  if (neither !== undefined)
    throw new Error(
      `${neither} has no data.json, faults.json, or ${SOAK_FILE}: expected a folder created by npm run bench, npm run faults, or npm run soak`,
    );
  return [
    ...(bench.length > 0 ? [benchPart(await Promise.all(bench.map(loadRun)))] : []),
    ...(faults.length > 0 ? [faultsPart(await Promise.all(faults.map(loadFaults)))] : []),
    ...(soak.length > 0 ? [soakPart(await Promise.all(soak.map(loadSoak)))] : []),
  ];
}
