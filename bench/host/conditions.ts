/** Watches for what would spoil a sample while it is taken. */
import type { Conditions } from '../sample.ts';
import type { Child } from './child.ts';
import { type NodeFacts, nodeFacts } from './nodes.ts';
import { cpuSecondsOfTree, type MachineTime, machineTime } from './proc.ts';
import type { Target } from './target.ts';

interface Look {
  machine: MachineTime | undefined;
  ownSeconds: number | undefined;
  nodes: NodeFacts[];
}

/** Processor time of the machine is counted in hundredths of a second: of less than this, a few of them are a large part. */
const SHORTEST_TOLD_SECONDS = 0.5;

export class Watchdog {
  readonly #target: Target;
  readonly #children: readonly Child[];
  readonly #before: Look;
  readonly #complaintsBefore: number;

  private constructor(target: Target, children: readonly Child[], before: Look) {
    this.#target = target;
    this.#children = children;
    this.#before = before;
    this.#complaintsBefore = this.#allComplaints().length;
  }

  static async start(target: Target, children: readonly Child[]): Promise<Watchdog> {
    return new Watchdog(target, children, await look(target));
  }

  /** The nodes before the sample. */
  get nodesBefore(): NodeFacts[] {
    return this.#before.nodes;
  }

  /** What happened since the start. */
  async stop(): Promise<{ conditions: Conditions; nodesAfter: NodeFacts[] }> {
    const after = await look(this.#target);
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

async function look({ addresses }: Target): Promise<Look> {
  const [machine, ownSeconds, ...nodes] = await Promise.all([
    machineTime(),
    cpuSecondsOfTree(process.pid),
    ...addresses.map(nodeFacts),
  ]);
  return { machine, ownSeconds, nodes };
}

function shares(before: Look, after: Look, { ownNodes }: Target): Partial<Conditions> {
  if (!before.machine || !after.machine) return {};
  if (before.ownSeconds === undefined || after.ownSeconds === undefined) return {};
  const total = after.machine.total - before.machine.total;
  if (total < SHORTEST_TOLD_SECONDS) return {};
  // Nodes that somebody else started are no descendants of ours, but ours to count.
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
