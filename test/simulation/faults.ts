/** Injects the faults of a schedule into the nodes, the connections, and the clocks, and heals them. */
import { type ModelNode, SHARED_KEY } from './node.ts';
import type { Fault, Foreign, ServiceName } from './schedule.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

/** Fault of one command. */
export interface CommandFault {
  lost: 'command' | 'reply' | 'later' | 'rejected';
  hang: boolean;
}

export class Faults {
  readonly #world: World;
  readonly #nodes: readonly ModelNode[];
  readonly #clocks: Readonly<Record<ServiceName, VirtualClock>>;
  readonly #ofCommands = new Map<string, CommandFault>();
  readonly #sent: Record<ServiceName, number> = { writer: 0, 'sync-observer': 0, 'async-observer': 0 };
  #healed = false;

  constructor(
    world: World,
    nodes: readonly ModelNode[],
    clocks: Readonly<Record<ServiceName, VirtualClock>>,
  ) {
    this.#world = world;
    this.#nodes = nodes;
    this.#clocks = clocks;
  }

  inject(faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (fault.kind === 'cut')
        this.#ofCommands.set(`${fault.service} ${fault.command}`, { lost: fault.lost, hang: fault.hang });
      else if (fault.kind === 'reject')
        this.#ofCommands.set(`${fault.service} ${fault.command}`, { lost: 'rejected', hang: false });
      else this.#world.at(fault.at * 1000, () => this.#inject(fault), false);
    }
  }

  /** Ends the faults that do not end by themselves. */
  heal(): void {
    this.#healed = true;
    for (const node of this.#nodes) node.silent = 0;
  }

  /** Counts the commands of a service. @returns the fault of the next one. */
  ofNextCommand(service: ServiceName): CommandFault | undefined {
    const index = this.#sent[service]++;
    return this.#healed ? undefined : this.#ofCommands.get(`${service} ${index}`);
  }

  #inject(fault: Exclude<Fault, { kind: 'cut' | 'reject' }>): void {
    if (fault.kind === 'clock') this.#clocks[fault.service].offset += fault.ms * 1000;
    else if (fault.kind === 'late') this.#clocks[fault.service].delayNextTimer(fault.ms);
    else this.#injectInto(this.#node(fault.node), fault);
  }

  #injectInto(node: ModelNode, fault: Extract<Fault, { node: number }>): void {
    const { kind } = fault;
    if (kind === 'silent') node.silent += 1;
    else if (kind === 'deleted' && fault.type) node.replaceByList(SHARED_KEY);
    else if (kind === 'deleted') node.apply(SHARED_KEY, null, 'del');
    else if (kind === 'foreign') setForeign(node, fault.value);
    else if (kind === 'rollback') rollBack(node, fault.steps, fault.event ? 'set' : 'none', fault.spread);
    else if (kind === 'resync') this.#resync(node, this.#other(node, fault.from), fault.ms);
    else if (kind === 'split') this.#split(node, this.#other(node, fault.from), fault.ms, fault.full);
    else {
      node.pause();
      this.#after(fault.ms, () => node.resume());
    }
  }

  #split(one: ModelNode, other: ModelNode, ms: number, full: boolean): void {
    const [to, from] = [one.linkFrom(other), other.linkFrom(one)];
    to?.split();
    from?.split();
    this.#after(ms, () => {
      to?.heal(full);
      from?.heal(false);
    });
  }

  /** A node that loads executes nothing until it has loaded. */
  #resync(node: ModelNode, from: ModelNode, ms: number): void {
    const snapshot = new Map(from.data);
    node.pause();
    this.#after(ms, () => {
      node.load(snapshot);
      node.resume();
    });
  }

  #after(ms: number, run: () => void): void {
    this.#world.after(ms * 1000, run, false);
  }

  #node(index: number): ModelNode {
    return this.#nodes[index] as ModelNode;
  }

  /** Returns the node with this index, or the next one if it is the same. */
  #other(node: ModelNode, index: number): ModelNode {
    return this.#node(index === node.index ? (index + 1) % this.#nodes.length : index);
  }
}

/** Gives a node an older value of the shared key. @param spread whether its peers receive that, too. */
export function rollBack(node: ModelNode, steps: number, event: 'set' | 'none', spread: boolean): void {
  const value = node.written.at(-1 - steps);
  if (value === undefined) return;
  node.apply(SHARED_KEY, value, event);
  if (spread) for (const link of node.links) link.send(SHARED_KEY, value, 'restore');
}

function setForeign(node: ModelNode, value: Foreign): void {
  const { now } = node.world;
  const texts: Record<Foreign, string> = {
    write: `Other seq ${now} micros ${now} timestamp 1`,
    garbage: 'nonsense',
    handshake: 'Handshake from other for Other seq 1 micros 1 timestamp 1',
    'early handshake': 'Handshake from other for Writer seq 1000000 micros 1 timestamp 1',
    'no handshake': 'Unknown seq 1 micros 1 timestamp 1',
  };
  const key = value === 'write' || value === 'garbage' ? SHARED_KEY : 'handshake_key:other';
  node.apply(key, texts[value], 'set');
  for (const link of node.links) link.send(key, texts[value], 'set');
}
