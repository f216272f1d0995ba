/** Runs the experiments one after another, and always cleans up what they started. */
import { findEngine, PROGRAMS } from '../../toolkit/engine.ts';
import { interrupted, type ToolRun } from '../../toolkit/run-tool.ts';
import type { Context, Experiment } from './context.ts';
import { EXPERIMENTS } from './experiments/index.ts';
import { Child, stopAllChildren } from './host/child.ts';
import { givenTarget } from './host/given-nodes.ts';
import { removeKeys } from './host/remove-keys.ts';
import { startMesh, stopAllMeshes, type Target } from './host/target.ts';
import type { BenchOptions } from './options.ts';
import type { Sample } from './sample.ts';

export interface Outcome {
  samples: Sample[];
  /** What was skipped, with the reasons. */
  skipped: string[];
}

/** Number of nodes in the mesh that most experiments share. */
const NODES = 3;

/** Returns the samples of all experiments, or those so far if the signal is aborted. */
export async function runExperiments(options: BenchOptions, tool: ToolRun): Promise<Outcome> {
  const outcome: Outcome = { samples: [], skipped: [] };
  const given = options.nodes && (await givenTarget(options.nodes));
  try {
    if (await interrupted(runAll(options, given, outcome, tool), tool.signal))
      outcome.skipped.push('the run was interrupted: the remaining steps were not measured');
  } finally {
    await stopAllChildren();
    if (given) await removeKeys(given);
    await stopAllMeshes();
  }
  return { samples: [...outcome.samples], skipped: [...outcome.skipped] };
}

async function runAll(
  { only, scale, engine: wanted }: BenchOptions,
  given: Target | undefined,
  { samples, skipped }: Outcome,
  tool: ToolRun,
): Promise<void> {
  const found = await Promise.all(PROGRAMS.map((program) => findEngine(program)));
  const installed = found.flatMap((engine) => engine ?? []);
  const engine = wanted === undefined ? installed[0] : installed.find(({ name }) => name === wanted);
  if (!given && !engine)
    throw new Error(`found no ${wanted ?? 'KeyDB, Valkey, or Redis server'}: npm start installs one`);
  const own = !given && engine ? await startMesh(engine, NODES) : undefined;
  const target = given ?? (own as { target: Target }).target;
  const context: Context = {
    scale,
    engine,
    installed,
    target,
    load: new Child('lab/bench/load/main'),
    samples,
  };
  const chosen = EXPERIMENTS.filter(({ name }) => only.includes(name));
  for (const { name, ownNodes } of chosen) {
    if (ownNodes && given) skipped.push(`${name}: it starts its own nodes, so it cannot run on given ones`);
  }
  const plan = chosen
    .filter(({ ownNodes }) => !ownNodes || !given)
    .map((experiment) => ({ experiment, steps: experiment.steps(context) }));
  const total = plan.flatMap(({ steps }) => steps).reduce((sum, { seconds }) => sum + seconds, 0);
  tool.progress.start('starting', total, 'seconds');
  for (const { experiment, steps } of plan) {
    // Stop the shared nodes, because idle nodes use CPU time that the other experiments need.
    if (experiment.ownNodes) await own?.stop();
    await runSteps(experiment, steps, tool, skipped);
  }
}

async function runSteps(
  { name }: Experiment,
  steps: ReturnType<Experiment['steps']>,
  { signal, progress }: ToolRun,
  skipped: string[],
): Promise<void> {
  for (const step of steps) {
    if (signal.aborted) return;
    progress.rename(`${name}: ${step.label}`);
    try {
      await step.run();
    } catch (error) {
      // After an interruption, the cleanup ends the processes of the step.
      if (!signal.aborted) skipped.push(`${name}, ${step.label}: ${(error as Error).message}`);
    }
    progress.add(step.seconds);
  }
}
