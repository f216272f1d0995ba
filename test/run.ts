/**
 * Runs the tests, one file after another, so that no file disturbs the measurements of another.
 *
 *     npm test                    everything that needs no Docker
 *     npm test -- unit cluster    only these folders of test/
 *     npm run test:compose        the Compose stack
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { Command } from 'commander';
import { root } from '../toolkit/root.ts';

const FOLDERS = [
  'unit',
  'contract',
  'simulation',
  'process',
  'cluster',
  'verifier',
  'bench',
  'faults',
  'security',
  'fuzz',
  'backup',
  'compose',
].filter((folder) => existsSync(join(root, 'test', folder)));
/** Not among the default ones: it needs Docker. */
const ASKED_FOR = ['compose'];

const { args } = new Command('npm test --')
  .description('Runs the tests on the engine that is there; ENGINE=redis-server chooses another.')
  .argument('[folder...]', `any of ${FOLDERS.join(', ')}`)
  .parse();
const unknown = args.filter((folder) => !FOLDERS.includes(folder));
if (unknown.length > 0) {
  process.stderr.write(`there is no test/${unknown[0]}: expected any of ${FOLDERS.join(', ')}\n`);
  process.exit(1);
}

const folders = args.length > 0 ? args : FOLDERS.filter((folder) => !ASKED_FOR.includes(folder));
const skipped = new Map<string, string[]>();
// Ctrl-C reaches the test under way, too: it cleans up, this waits for it, and no further one is started.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupted.abort());
const events = run({
  files: (await Promise.all(folders.map(testFiles))).flat(),
  concurrency: 1,
  signal: interrupted.signal,
});
events.on('test:pass', ({ name, skip }) => {
  if (skip === undefined) return;
  const reason = String(skip);
  skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
});
events.on('test:fail', () => {
  process.exitCode = 1;
});
const report = events.compose(new spec());
report.pipe(process.stdout);
report.on('end', () => {
  for (const [reason, names] of skipped) {
    process.stdout.write(
      `\nSKIPPED ${names.length}: ${reason}\n${names.map((name) => `  - ${name}\n`).join('')}`,
    );
  }
});

/** The compiled tests whose source is there: what an earlier build left behind is not run. */
async function testFiles(folder: string): Promise<string[]> {
  const names = await readdir(join(root, 'test', folder));
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(root, 'dist/test', folder, name.replace(/\.ts$/, '.js')));
}
