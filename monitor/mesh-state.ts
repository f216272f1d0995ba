/**
 * The state of the mesh as plain data. node-watch.ts and canaries.ts produce it; the metrics read it, and nothing else of
 * the monitor.
 */
import type { Value } from '../common/value.ts';
import type { Info } from '../toolkit/node/info.ts';

/** Why a node does not do its work: it accepts no connection, does not answer in time, loads, or rejects the monitor. */
export const DOWN = ['unreachable', 'timeout', 'loading', 'rejected'] as const;
export type Down = (typeof DOWN)[number];

export interface NodeState {
  /** `host:port` as in KEYDB_NODES. */
  name: string;
  /** `unknown` until the first attempt has ended. */
  status: 'up' | 'unknown' | Down;
  /** Description of the status of a node that is not up. */
  reason: string;
  /** Unix time of the last change of the status, in milliseconds. */
  since: number;
  /** Whether the monitor writes and receives canaries on the node. */
  canary: boolean;
  /** What the node answered last. Absent while the node does not answer. */
  reading?: Reading;
  /** The keys that the page shows. Newer than `reading`; absent while the monitor does not follow them. */
  keys?: PageKeys;
}

/** Keys of a node that are read after each change. */
export interface PageKeys {
  /** The shared key; absent if the node has none, or the value is malformed. */
  value?: Value;
  /** Text of the key of the interval; `null`: the node has none; absent: unknown. */
  interval?: string | null;
}

export interface Reading {
  info: Info;
  /** Round trip of PING. */
  pingSeconds: number;
  /** The shared key; absent if the node has none, or the value is malformed. */
  value?: Value;
  /** Entries of the slow log since the start of the node, including those that it has dropped. */
  slowCommands?: number;
  /** Rejected commands of the monitor, each with its remedy. */
  rejections: string[];
}

/** A replication link, from the view of the node that receives. */
export interface Link {
  node: string;
  /** The node that sends. */
  peer: string;
  status: 'up' | 'syncing' | 'down';
}

/** A replication link, from the view of the node that sends. Absent while no receiver is connected. */
export interface Replica {
  node: string;
  /** The node that receives. */
  peer: string;
  unackedBytes: number;
  ackAgeSeconds: number;
}

/** The canaries that one node received from another. */
export interface Pair {
  from: string;
  to: string;
  received: number;
  lost: number;
  /** Latency of the last canary. */
  lastSeconds?: number;
  /** Smoothed difference between the latencies of consecutive canaries (RFC 3550, section 6.4.1). */
  jitterSeconds?: number;
}

/** The canaries that the monitor wrote on one node. */
export interface CanaryWrites {
  from: string;
  acknowledged: number;
  rejected: number;
}

export interface MeshState {
  nodes: NodeState[];
  links: Link[];
  replicas: Replica[];
  pairs: Pair[];
  writes: CanaryWrites[];
}
