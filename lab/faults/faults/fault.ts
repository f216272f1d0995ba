/** The interface of a fault: it injects a failure and heals it. */
import type { Service } from '../../../common/services.ts';
import type { Scene } from '../scene.ts';

/** The nodes and services that a fault hits. */
export interface Target {
  /** Numbers of the nodes, in the order of KEYDB_NODES. */
  nodes: number[];
  services: Service[];
}

export interface Fault {
  name: string;
  /** Description: what the fault breaks, and how the lab heals it. */
  about: string;
  /** Default duration, in seconds. */
  seconds: number;
  /** Whether connections stay open without data. Services detect this after NODE_TIMEOUT_MS, other faults at once. */
  silent?: boolean;
  /** Whether services can reach the target nodes during the fault. */
  nodesReachable: boolean;
  /** Reason why the fault requires that all nodes accept writes; absent: it does not. */
  needsMesh?: string;
  /** Names of the alerts that must fire in a mesh (`--alerts`). No other critical alert may, except `possibleAlerts`. */
  alerts: readonly string[];
  /** Critical alerts that fire on some machines only. */
  possibleAlerts?: readonly string[];
  /** Known cause of divergent keys in a mesh of KeyDB, and the remedy; reported if keys diverge. */
  knownDivergence?: string;
  /** Offset of a service's clock during the fault, in milliseconds. Services must start with `skewable-clock.ts`. */
  skewMs?: number;
  /** Returns the target: in a random sequence a random one, otherwise the most critical one. */
  choose(scene: Scene): Target;
  /** Returns the partitions; absent: the fault creates none. */
  parts?(scene: Scene, target: Target): number[][] | undefined;
  inject(scene: Scene, target: Target): Promise<void>;
  /** Heals the fault, even if the injection failed halfway. */
  heal(scene: Scene, target: Target): Promise<void>;
}

/** Known divergence after a node restarts. */
export const RESTART_DIVERGENCE =
  'After a restart, KeyDB continues its old replication ID at an older offset, and accepts writes before its links are ' +
  'up. These writes, and writes from peers while a node loads, can stay on some nodes only. Write to a restarted node ' +
  'only after WAIT confirms a write (as this lab does without --eager). After a restart, compare the nodes (npm run ' +
  'verify). Repair them (-- --repair-from <node>), or force a full resync: REPLICAOF REMOVE <peer>, REPLICAOF <peer>.';

/** Longer than `repl-timeout`, so that the nodes detect a silent link and must re-establish it. */
export const LONGER_THAN_LINKS_SECONDS = 13;
export const SHORT_SECONDS = 4;
