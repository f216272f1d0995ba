/**
 * Runs the tests: several files at once, then those named `*.slow.test.ts`, if asked for, one after another.
 *
 *     npm test                                      the quick tests
 *     npm test -- unit test/cluster/mesh.test.ts    only these folders of test/ and these files
 *     npm test -- unit -t 'clock offset'            only the tests whose name matches
 *     npm run test:all                              the slow tests, too
 *     npm run test:compose                          the Compose stack
 */
import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { Command, InvalidArgumentError } from 'commander';
import { provideEngine } from '../toolkit/engine.ts';
import { filesOf } from './runner/files.ts';
import { endAll, limitTime } from './runner/processes.ts';
import { Tally } from './runner/tally.ts';

/** Most tests wait for nodes most of the time, so more files than cores run at once. */
const CONCURRENCY = 2 * availableParallelism();
/** Time limits of a file, in seconds. */
const LIMIT = { quick: 300, slow: 900 };

const command = new Command('npm test --')
  .description('Runs the quick tests. ENGINE=redis-server selects another server program.')
  .argument('[path...]', 'folders of test/ or test files (default: all that need no Docker)')
  .option('-t, --test-name <pattern>', 'run only the tests whose name matches', regularExpression)
  .option('--all', 'run the slow tests, too')
  .parse();
const options = command.opts<{ all?: boolean; testName?: RegExp }>();
const files = await filesOf(command.args, options.all ?? false).catch((error) =>
  command.error(error.message),
);
const say = (line: string) => process.stderr.write(`${line}\n`);
const engine = await provideEngine(process.env.ENGINE || undefined, say).catch((error) =>
  command.error(error.message),
);

// The temporary files of all tests are in one folder, so that an interrupted test leaves none.
const folder = await mkdtemp(join(tmpdir(), 'keydb-mesh-test-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.env.TMPDIR = folder;

// After Ctrl-C, each test process ends what it started, and this process waits for it.
const interrupted = new AbortController();
setMaxListeners(0, interrupted.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

limitTime((command) => (command.includes('.slow.test.') ? LIMIT.slow : LIMIT.quick));

const tally = new Tally();
const report = Readable.from(tally.count(events())).compose(new spec());
report.pipe(process.stdout);
await finished(report);
const left = await endAll();
process.stdout.write(tally.summary(engine.name));
for (const process of left) say(`killed a process that did not end: ${process}`);
if (interrupted.signal.aborted) say('interrupted');
else if (tally.total === 0) say('no test has a matching name');
process.exit(tally.passed && left.length === 0 && !interrupted.signal.aborted ? 0 : 1);

async function* events() {
  yield* started(files.quick, CONCURRENCY);
  yield* started(files.slow, 1);
}

function started(paths: string[], concurrency: number) {
  return run({
    files: paths,
    concurrency,
    signal: interrupted.signal,
    ...(options.testName && { testNamePatterns: options.testName }),
  });
}

function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
