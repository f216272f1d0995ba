/** What every fault is: one small file that breaks something and heals it. */
import type { Service } from '../../common/settings.ts';
import type { Scene } from '../scene.ts';

/** What a fault hits. */
export interface Target {
  /** Nodes by their numbers, in the order of KEYDB_NODES. */
  nodes: number[];
  services: Service[];
}

export interface Fault {
  name: string;
  /** One sentence: what is broken, and how it is healed. */
  about: string;
  /** How long it lasts if nothing else is asked for, seconds. */
  seconds: number;
  /** Whether it leaves connections open but silent: services notice that after NODE_TIMEOUT_MS, and others at once. */
  silent?: boolean;
  /** Whether services can reach the nodes that it hits. */
  nodesReachable: boolean;
  /** Why it makes no sense without multi-master; absent: it does. */
  needsMultiMaster?: string;
  /** What KeyDB does to data under it, and what to do about that: told where keys then diverge. */
  knownDivergence?: string;
  /** Milliseconds by which it sets a service's clock, for which that must be prepared. */
  skewMs?: number;
  /** What it hits: what hurts most, or whatever the dice say. */
  choose(scene: Scene): Target;
  /** The groups of nodes between which nothing replicates meanwhile; absent: none. */
  parts?(scene: Scene, target: Target): number[][];
  inject(scene: Scene, target: Target): Promise<void>;
  /** Heals it, however far the injection came. */
  heal(scene: Scene, target: Target): Promise<void>;
}

/** What both a death and a restart can lead to. */
export const RESTART_DIVERGENCE =
  'KeyDB goes on with its old replication id and an older offset after a restart, and serves while it links up: what it ' +
  'takes until then, or what others send while one loads, can stay on some nodes alone. Write to such a node once WAIT ' +
  'says that others confirm it (this lab does, without --eager). Compare after a restart (npm run verify), and repair ' +
  '(-- --repair-from <node>), or have the node take all anew: REPLICAOF REMOVE <peer>, REPLICAOF <peer>.';

/** Longer than `repl-timeout`, so that the nodes notice a silent link and have to make it anew. */
export const LONGER_THAN_LINKS_SECONDS = 13;
export const SHORT_SECONDS = 4;
