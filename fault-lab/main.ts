/** The fault lab: break, heal, judge. */
import { relative } from 'node:path';
import { describeMachine } from '../bench/machine.ts';
import { exitWhenWritten } from '../common/exit.ts';
import { provideEngine } from '../local/engine.ts';
import { Lab } from './lab.ts';
import { markProcesses, removeLeftovers } from './leftovers.ts';
import { listFaults, readOptions } from './options.ts';
import { renderFaults } from './report/terminal.ts';
import { type FaultRun, FORMAT } from './results.ts';
import { saveRun } from './save.ts';

const options = readOptions();
if (options.list) {
  process.stdout.write(`${listFaults()}\n`);
  await exitWhenWritten(0);
}
const startedAt = new Date();
// npm passes Ctrl-C on a second time: as long as somebody listens, more of them are one.
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve('interrupted'));
});

try {
  markProcesses();
  await removeLeftovers();
  const engine = await provideEngine(options.engine, (line) => process.stderr.write(`${line}\n`));
  const lab = new Lab(options, engine);
  const work = lab.run();
  try {
    if ((await Promise.race([work, interrupted])) === 'interrupted') {
      lab.notDone.push('the run was interrupted: what is missing was not done');
      lab.timeline.say('interrupted: healing and stopping everything');
    }
  } finally {
    await lab.close();
    // What it was doing ends now, in an error that says no more than that.
    await work.catch(() => {});
  }
  const run: FaultRun = {
    format: FORMAT,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    command: ['npm run faults', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
      ' ',
    ),
    machine: await describeMachine(),
    engine: engine.name,
    network: lab.network,
    settings: options.set,
    results: lab.results,
    notDone: lab.notDone,
  };
  const page = await saveRun(options.out, run);
  process.stdout.write(options.json ? `${JSON.stringify(run)}\n` : renderFaults(run));
  process.stderr.write(`\nReport: ${relative(process.cwd(), page)}\n`);
  await exitWhenWritten(exitCodeOf(run));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  await exitWhenWritten(2);
}

/** 0: all hold. 1: a promise is broken. 2: one could not be judged, or something was not done. */
function exitCodeOf({ results, notDone }: FaultRun): number {
  const verdicts = results.flatMap(({ verdicts }) => verdicts.map(({ verdict }) => verdict));
  if (verdicts.includes('broken')) return 1;
  return verdicts.includes('unknown') || notDone.length > 0 || verdicts.length === 0 ? 2 : 0;
}
