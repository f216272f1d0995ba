/** Command line of the fault lab: injects faults, heals them, and checks guarantees. */
import { relative } from 'node:path';
import { exitWhenWritten } from '../../common/exit.ts';
import { provideEngine } from '../../toolkit/engine.ts';
import { describeMachine } from '../../toolkit/machine.ts';
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
// npm forwards Ctrl-C a second time. The listeners stay, so that further signals have no effect.
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
      lab.notDone.push('the run was interrupted: faults without a result were not run');
      lab.timeline.say('interrupted: healing and stopping everything');
    }
  } finally {
    await lab.close();
    // Ignore the error that the abort causes.
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

/** Returns 0 if all guarantees hold, 1 if one is broken, 2 if a verdict is unknown or a chosen fault did not run. */
function exitCodeOf({ results, notDone }: FaultRun): number {
  const verdicts = results.flatMap(({ verdicts }) => verdicts.map(({ verdict }) => verdict));
  if (verdicts.includes('broken')) return 1;
  return verdicts.includes('unknown') || notDone.length > 0 || verdicts.length === 0 ? 2 : 0;
}
