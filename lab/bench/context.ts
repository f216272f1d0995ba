/** Provides the environment of experiments, and turns each of their rounds into a sample. */
import type { Engine } from '../../toolkit/engine.ts';
import type { Child } from './host/child.ts';
import { Watchdog } from './host/conditions.ts';
import type { NodeFacts } from './host/nodes.ts';
import type { Target } from './host/target.ts';
import type { Identity, Measured, Sample } from './sample.ts';
import type { Scale } from './scale.ts';
import { encode } from './summary/histogram.ts';

export interface Context {
  scale: Scale;
  /** Engine for the experiments' own nodes. If omitted, no engine is installed. */
  engine: Engine | undefined;
  /** All installed engines, for experiments that compare them. */
  installed: readonly Engine[];
  /** Nodes for experiments that do not start their own. */
  target: Target;
  /** The load generator. */
  load: Child;
  samples: Sample[];
}

/** A part of an experiment, with its approximate duration. */
export interface Step {
  label: string;
  seconds: number;
  run(): Promise<void>;
}

export interface Experiment {
  name: string;
  title: string;
  /** What it shows, in a sentence. */
  about: string;
  caveats: readonly string[];
  /** Whether it starts its own nodes, and therefore cannot run on given ones. */
  ownNodes: boolean;
  /** Its rounds, in order of execution. */
  steps(context: Context): Step[];
}

/** Activity of a node during a sample. */
export type NodeUse = (address: string) => { cpuMicros: number; receivedBytes: number; gets: number };

/**
 * Takes one sample: runs the work and records its conditions. If the work fails, the sample contains the error.
 * @param finish computes figures from the work's result and the nodes' activity during the work.
 */
export async function takeSample<Result>(
  context: Context,
  identity: Identity & { target?: Target; observers?: readonly Child[] },
  work: () => Promise<Result>,
  finish: (result: Result, nodes: NodeUse) => Measured,
): Promise<void> {
  const { target = context.target, observers = [], experiment, subject, setting } = identity;
  const watchdog = await Watchdog.start(target, [context.load, ...observers]);
  const outcome = await work().catch((error: Error) => error);
  const { conditions, nodesAfter } = await watchdog.stop();
  const use = usedBetween(watchdog.nodesBefore, nodesAfter);
  const failed = outcome instanceof Error;
  if (failed) conditions.complaints.push(outcome.message);
  const { latencies = {}, figures = {} } = failed ? {} : finish(outcome, use);
  context.samples.push({
    experiment,
    subject,
    setting,
    round: context.samples.filter((other) => sameSetting(other, identity)).length + 1,
    latencies: Object.fromEntries(
      Object.entries(latencies)
        .filter(([, values]) => values.length > 0)
        .map(([name, values]) => [name, encode(values)]),
    ),
    figures: Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as Record<
      string,
      number
    >,
    conditions,
  });
}

/** Returns the CPU time that a process uses during the work, in microseconds. */
export async function withCpu<Result>(
  child: Child | undefined,
  work: () => Promise<Result>,
): Promise<Result & { cpuMicros: number | undefined }> {
  const before = await child?.cpuMicros();
  const result = await work();
  const after = await child?.cpuMicros();
  return { ...result, cpuMicros: before === undefined || after === undefined ? undefined : after - before };
}

export function sameSetting(one: Identity, other: Identity): boolean {
  return keyOf(one) === keyOf(other);
}

/** Returns the identity of a setting. */
export function keyOf({ experiment, subject, setting }: Identity): string {
  return JSON.stringify([experiment, subject, setting]);
}

function usedBetween(before: readonly NodeFacts[], after: readonly NodeFacts[]): NodeUse {
  return (address) => {
    const from = before.find((facts) => facts.address === address);
    const to = after.find((facts) => facts.address === address);
    if (!from || !to) throw new Error(`node ${address} has no recorded state`);
    return {
      cpuMicros: to.cpuMicros - from.cpuMicros,
      receivedBytes: to.receivedBytes - from.receivedBytes,
      gets: to.gets - from.gets,
    };
  };
}
