/**
 * The record of a run, from the services' log lines and from the nodes. The checks read it after the run. All times are
 * Unix microseconds of one machine's clock.
 */
import type { ServiceSettings } from './services/settings.ts';

export interface History {
  /** Name of the fault, as in `--fault`; `random` for a sequence of faults. */
  fault: string;
  /** One sentence: what the fault breaks, and how the lab heals it. */
  about: string;
  engine: string;
  /** Method of cutting links: network namespaces, which drop real packets, or TCP proxies. */
  network: 'namespaces' | 'proxies';
  /** Settings of the services. The limits depend on them. */
  settings: ServiceSettings;
  /** SERVICE_NAME of each observer. */
  observers: string[];
  /** Addresses of all nodes, in the order of KEYDB_NODES. */
  nodes: string[];
  /** Addresses of the nodes that accept writes: all nodes of a mesh, the primary of a star. */
  writeNodes: string[];
  startedAt: number;
  endedAt: number;
  windows: FaultWindow[];
  writes: Write[];
  observations: Observation[];
  handshakes: Handshake[];
  incidents: Incident[];
  /** Keys on each node after the last heal, when replication is idle. */
  finalState: NodeState[];
  /** Highest seq that every node's snapshot contained before the lab killed all nodes. */
  persistedSeq?: number;
  /**
   * Seq of the shared key in each node's first reply after a full restart; `null`: the key was absent. The lab reads it
   * before the writer can overwrite a lost value.
   */
  restoredSeq?: Record<string, number | null>;
  /** Results for the lab's own keys; absent: the lab wrote none. */
  traffic?: Traffic[];
}

/** Keys that the lab sets during the faults, each key once and all on one node. */
export interface Traffic {
  node: string;
  /** Number of keys that the node acknowledged. */
  acknowledged: number;
  /** Number of these keys in the node's last snapshot before the kill; only if the lab killed all nodes. */
  persisted?: number;
  /** Acknowledged keys that no node has at the end. */
  lost: string[];
  /** Lost keys that had been persisted. */
  persistedLost?: string[];
}

/** The time from the injection of a fault until the lab has healed it. */
export interface FaultWindow {
  fault: string;
  /** Services and nodes that the fault hit. */
  targets: string[];
  injectedAt: number;
  /** Time from which services can detect the loss: a killed process at once, a hung one after NODE_TIMEOUT_MS. */
  visibleAt: number;
  healedAt: number;
  /** Addresses of the nodes that services can reach during the fault. */
  reachableNodes: string[];
  /** Partitions: groups of node addresses without replication between them. Absent: all running nodes replicate. */
  parts?: string[][];
}

/** One SET that the writer sent. */
export interface Write {
  seq: number;
  /** Timestamp in the value, from the writer's clock. */
  micros: number;
  /** Time of the log line, if a fault has set the writer's clock wrong. */
  at?: number;
  /** Address of the node that received the command. */
  node: string;
  /** `unknown`: the connection was lost before a reply, so the node may have executed the write. */
  outcome: 'acknowledged' | 'rejected' | 'unknown';
  /** Time of the writer's log line about the acknowledgment; absent for the other outcomes. */
  acknowledgedAt?: number;
  /** Number of other nodes that confirmed the write, with WAIT_REPLICAS. */
  confirmed?: number;
}

/** One line `… read shared_key …` of an observer. */
export interface Observation {
  observer: string;
  at: number;
  node: string;
  seq: number;
  conflated: number;
  /** Number of writes whose notification was lost; set only for a catch-up read. */
  missed?: number;
}

/** One line `… set handshake_key:… …` of an observer. */
export interface Handshake {
  observer: string;
  at: number;
  node: string;
  seq: number;
}

/** Any other event of a service or node. */
export interface Incident {
  service: string;
  at: number;
  kind:
    | 'started'
    | 'connected'
    /** An observer sends its handshakes to another node than its own. */
    | 'write-node'
    | 'lost'
    | 'older'
    | 'rewritten'
    | 'write-failed'
    /** The writer's estimate of an observer's clock offset changed, while the fault sets a clock. */
    | 'clock-offset'
    | 'warning'
    | 'killed'
    | 'stopped'
    | 'exited';
  node?: string;
  /** Log line, or description of the exit. */
  text: string;
}

export interface NodeState {
  node: string;
  /** Value of the shared key; `null`: the key is absent. */
  sharedKey: string | null;
  /** Last handshake of each observer, by SERVICE_NAME. */
  handshakes: Record<string, string | null>;
  /** Keys that the verifier found to differ from the first node. */
  divergentKeys: string[];
}
