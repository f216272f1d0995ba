/** Command line of the fault lab: injects faults, heals them, and checks guarantees. */
import { relative } from 'node:path';
import { provideEngine } from '../../toolkit/engine.ts';
import { describeMachine } from '../../toolkit/machine.ts';
import { commandLine } from '../../toolkit/options.ts';
import { EXIT, interrupted, print, runTool } from '../../toolkit/run-tool.ts';
import { prometheusVersion } from './alerts/prometheus.ts';
import { Lab } from './lab.ts';
import { markProcesses, removeLeftovers } from './leftovers.ts';
import { listFaults, readOptions } from './options.ts';
import { renderFaults } from './report/terminal.ts';
import { type FaultRun, FORMAT } from './results.ts';
import { saveRun } from './save.ts';

await runTool(async (tool) => {
  const options = readOptions();
  if (options.list) {
    print(`${listFaults()}\n`);
    return EXIT.holds;
  }
  const startedAt = new Date();
  markProcesses();
  await removeLeftovers();
  const prometheus = options.alerts ? await prometheusVersion() : undefined;
  const engine = await provideEngine(options.engine, (line) => tool.progress.say(line));
  const lab = new Lab(options, engine, tool);
  const work = lab.run();
  try {
    if (await interrupted(work, tool.signal)) {
      lab.skipped.push('the run was interrupted: faults without a result were not run');
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
    command: commandLine('npm run faults'),
    machine: await describeMachine(),
    engine: engine.name,
    layout: lab.layout,
    network: lab.network,
    ...(prometheus !== undefined && { prometheus }),
    settings: options.set,
    results: lab.results,
    notDone: lab.skipped,
  };
  const page = await saveRun(options.out, run);
  print(options.json ? `${JSON.stringify(run)}\n` : renderFaults(run));
  tool.progress.say(`\nReport: ${relative(process.cwd(), page)}`);
  return exitCodeOf(run);
});

/** Returns the exit code. A chosen fault that did not run, or no verdict at all, counts as unknown. */
function exitCodeOf({ results, notDone }: FaultRun): number {
  const verdicts = results.flatMap(({ verdicts }) => verdicts.map(({ verdict }) => verdict));
  if (verdicts.includes('broken')) return EXIT.finding;
  const unknown = verdicts.includes('unknown') || notDone.length > 0 || verdicts.length === 0;
  return unknown ? EXIT.unknown : EXIT.holds;
}
