/** Watches for noise and failures during a sample. */

import { cpuSecondsOfTree, type MachineTime, machineTime } from '../../../toolkit/proc.ts';
import type { Conditions } from '../sample.ts';
import type { Child } from './child.ts';
import { type NodeFacts, nodeFacts } from './nodes.ts';
import type { Target } from './target.ts';

interface State {
  machine: MachineTime | undefined;
  ownSeconds: number | undefined;
  nodes: NodeFacts[];
}

/** Minimum duration for CPU shares: the system counts CPU time in steps of 10 ms, too coarse for shorter samples. */
const MIN_SECONDS = 0.5;

export class Watchdog {
  readonly #target: Target;
  readonly #children: readonly Child[];
  readonly #before: State;
  readonly #complaintsBefore: number;

  private constructor(target: Target, children: readonly Child[], before: State) {
    this.#target = target;
    this.#children = children;
    this.#before = before;
    this.#complaintsBefore = this.#allComplaints().length;
  }

  static async start(target: Target, children: readonly Child[]): Promise<Watchdog> {
    return new Watchdog(target, children, await stateOf(target));
  }

  /** State of the nodes before the sample. */
  get nodesBefore(): NodeFacts[] {
    return this.#before.nodes;
  }

  /** Returns the conditions since the start. */
  async stop(): Promise<{ conditions: Conditions; nodesAfter: NodeFacts[] }> {
    const after = await stateOf(this.#target);
    const conditions = {
      ...shares(this.#before, after, this.#target),
      restartedNodes: restarted(this.#before.nodes, after.nodes),
      complaints: this.#allComplaints().slice(this.#complaintsBefore),
    };
    return { conditions, nodesAfter: after.nodes };
  }

  #allComplaints(): string[] {
    return this.#children.flatMap(({ complaints }) => complaints);
  }
}

async function stateOf({ addresses }: Target): Promise<State> {
  const [machine, ownSeconds, ...nodes] = await Promise.all([
    machineTime(),
    cpuSecondsOfTree(process.pid),
    ...addresses.map(nodeFacts),
  ]);
  return { machine, ownSeconds, nodes };
}

function shares(before: State, after: State, { ownNodes }: Target): Partial<Conditions> {
  if (!before.machine || !after.machine) return {};
  if (before.ownSeconds === undefined || after.ownSeconds === undefined) return {};
  const total = after.machine.total - before.machine.total;
  if (total < MIN_SECONDS) return {};
  // Given nodes are not descendants of this process, but their CPU time belongs to the benchmark.
  const nodeMicros = ownNodes ? 0 : sumOfCpu(after.nodes) - sumOfCpu(before.nodes);
  const own = after.ownSeconds - before.ownSeconds + nodeMicros / 1e6;
  const busy = after.machine.busy - before.machine.busy;
  return {
    stolenShare: (after.machine.stolen - before.machine.stolen) / total,
    foreignShare: Math.max(0, busy - own) / total,
  };
}

function sumOfCpu(nodes: readonly NodeFacts[]): number {
  return nodes.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
}

function restarted(before: readonly NodeFacts[], after: readonly NodeFacts[]): string[] {
  return after.filter(({ runId }, i) => runId !== before[i]?.runId).map(({ address }) => address);
}
