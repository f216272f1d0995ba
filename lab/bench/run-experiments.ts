/** Runs the experiments one after another, and always cleans up what they started. */
import { findEngine } from '../../toolkit/engine.ts';
import { interrupted } from '../../toolkit/run-tool.ts';
import type { Context, Experiment } from './context.ts';
import { EXPERIMENTS } from './experiments/index.ts';
import { Child, stopAllChildren } from './host/child.ts';
import { removeKeys } from './host/remove-keys.ts';
import { startMesh, stopAllMeshes, type Target, targetOf } from './host/target.ts';
import type { BenchOptions } from './options.ts';
import { Progress } from './progress.ts';
import type { Sample } from './sample.ts';

export interface Outcome {
  samples: Sample[];
  /** What was skipped, with the reasons. */
  notDone: string[];
}

/** Number of nodes in the mesh that most experiments share. */
const NODES = 3;

/** @param signal ends the run early; then the samples so far are returned. */
export async function runExperiments(options: BenchOptions, signal: AbortSignal): Promise<Outcome> {
  const outcome: Outcome = { samples: [], notDone: [] };
  const given = options.nodes && targetOf(options.nodes, true, false);
  try {
    if (await interrupted(runAll(options, given, outcome), signal))
      outcome.notDone.push('the run was interrupted: the remaining steps were not measured');
  } finally {
    await stopAllChildren();
    if (given) await removeKeys(given);
    await stopAllMeshes();
  }
  return { samples: [...outcome.samples], notDone: [...outcome.notDone] };
}

async function runAll(
  { only, scale }: BenchOptions,
  given: Target | undefined,
  { samples, notDone }: Outcome,
): Promise<void> {
  const engine = await findEngine();
  if (!given && !engine) throw new Error('found no KeyDB, Valkey, or Redis server: npm start installs one');
  const own = !given && engine ? await startMesh(engine, NODES) : undefined;
  const target = given ?? (own as { target: Target }).target;
  const context: Context = { scale, engine, target, load: new Child('lab/bench/load/main'), samples };
  const chosen = EXPERIMENTS.filter(({ name }) => only.includes(name));
  for (const { name, ownNodes } of chosen) {
    if (ownNodes && given) notDone.push(`${name}: it starts its own nodes, so it cannot run on given ones`);
  }
  const plan = chosen
    .filter(({ ownNodes }) => !ownNodes || !given)
    .map((experiment) => ({ experiment, steps: experiment.steps(context) }));
  const progress = new Progress(plan.flatMap(({ steps }) => steps));
  try {
    for (const { experiment, steps } of plan) {
      // Stop the shared nodes, because idle nodes use CPU time that the other experiments need.
      if (experiment.ownNodes) await own?.stop();
      await runSteps(experiment, steps, progress, notDone);
    }
  } finally {
    progress.end();
  }
}

async function runSteps(
  { name }: Experiment,
  steps: ReturnType<Experiment['steps']>,
  progress: Progress,
  notDone: string[],
): Promise<void> {
  for (const step of steps) {
    progress.begin(name, step);
    try {
      await step.run();
    } catch (error) {
      notDone.push(`${name}, ${step.label}: ${(error as Error).message}`);
    }
    progress.done(step);
  }
}
